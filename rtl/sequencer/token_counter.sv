// Counts the tokens of one channel: a posted token becomes visible `latency` cycles after its post, and the k-th take
// takes the k-th token, because the order of posts is the order of arrivals.
module token_counter #(
  parameter int LatencyWidth = 6,
  parameter int CountWidth   = 16
) (
  input  logic                    clk_i,
  input  logic                    rst_i,
  input  logic                    set_i,        // forget everything and start with the two values below
  input  logic [LatencyWidth-1:0] latency_i,
  input  logic [CountWidth-1:0]   initial_i,
  input  logic                    post_i,       // the last cycle before the post; at most one a cycle
  input  logic                    take_i,       // only where available_o
  output logic                    available_o
);
  localparam int Stages = 2 ** LatencyWidth;

  // travelling_q[k]: a token that was posted k + 1 cycles ago.
  logic [Stages-2:0]       travelling_q;
  logic [Stages-1:0]       posted;
  logic [LatencyWidth-1:0] latency_q;
  logic [CountWidth-1:0]   count_q;
  logic                    arrives;

  assign posted      = {travelling_q, post_i};
  assign arrives     = posted[latency_q];
  assign available_o = count_q != '0;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      travelling_q <= '0;
      latency_q    <= '0;
      count_q      <= '0;
    end else if (set_i) begin
      travelling_q <= '0;
      latency_q    <= latency_i;
      count_q      <= initial_i;
    end else begin
      travelling_q <= posted[Stages-2:0];
      count_q      <= count_q + CountWidth'(arrives) - CountWidth'(take_i);
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (!rst_i && !set_i) begin
      assert (!take_i || available_o);
      assert (!arrives || take_i || count_q != '1);
    end
  end
`endif
endmodule
