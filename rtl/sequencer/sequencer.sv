// Issues the instructions of one unit in order: one starts when the unit is free and every token that it waits for is
// there, and posts tokens at its end and, for streamed results, at an offset. How long it lasts is the unit's matter.
//
//   cycle       s-1   s     s+1   ...   s+d-1  s+d
//   active_o     0    1      1           1     (next instruction)
//   take_o       0    waits  0           0
//   last_i                               1
//   post_o                               end_posts      a channel of latency 0 shows them at s+d
module sequencer #(
  parameter int Channels    = 32,
  parameter int OffsetWidth = 16
) (
  input  logic                   clk_i,
  input  logic                   rst_i,
  // The instruction at hand; it stays until pop_o.
  input  logic                   valid_i,
  input  logic [Channels-1:0]    waits_i,
  input  logic [Channels-1:0]    end_posts_i,
  input  logic [Channels-1:0]    offset_posts_i,
  input  logic [OffsetWidth-1:0] offset_i,       // cycles after the start, at least 1
  output logic                   pop_o,
  // Tokens.
  input  logic [Channels-1:0]    available_i,
  output logic [Channels-1:0]    take_o,
  output logic [Channels-1:0]    post_o,
  // The unit.
  output logic                   start_o,        // the first cycle of an instruction
  output logic                   active_o,       // every cycle of it
  input  logic                   last_i          // this is its last cycle; may depend on active_o
);
  logic                   busy_q;
  logic [OffsetWidth-1:0] elapsed_q;
  logic [OffsetWidth-1:0] elapsed;

  assign start_o  = valid_i && !busy_q && ((waits_i & ~available_i) == '0);
  assign active_o = start_o || busy_q;
  assign pop_o    = active_o && last_i;
  assign elapsed  = start_o ? OffsetWidth'(1) : elapsed_q + OffsetWidth'(1);  // cycles at the end of this one
  assign take_o   = start_o ? waits_i : '0;
  assign post_o   = (pop_o ? end_posts_i : '0) | (active_o && elapsed == offset_i ? offset_posts_i : '0);

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      busy_q    <= 1'b0;
      elapsed_q <= '0;
    end else begin
      busy_q    <= active_o && !last_i;
      elapsed_q <= elapsed;
    end
  end

`ifndef SYNTHESIS
  // An offset beyond the end of the instruction would lose its posts.
  always_ff @(posedge clk_i) begin
    if (!rst_i) begin
      assert (!busy_q || valid_i);
      assert (!pop_o || offset_posts_i == '0 || (offset_i != '0 && offset_i <= elapsed));
    end
  end
`endif
endmodule
