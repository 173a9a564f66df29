// Turns an instruction of the 1D array into one control word a cycle, for lane 0: outer x inner elements in turn, each
// through the steps of its program. Where elements add up, the inner ones do, and one result an outer element is written.
module array_1d_control
  import lane_control_pkg::*;
#(
  parameter int unsigned Steps = 8      // of a program, at most
) (
  input  logic        clk_i,
  input  logic        rst_i,
  input  logic        start_i,
  input  logic        active_i,
  // The instruction; it stays until last_o.
  input  logic [13*Steps-1:0] program_i,  // lane_step_t each, the first in the low bits; LaneSubtract for exp(a - b)
  input  logic [3:0]  length_i,           // steps of the program, at least 1
  input  logic [15:0] outer_i,            // elements, at least 1
  input  logic [15:0] inner_i,
  input  logic        adds_up_i,
  input  sum_source_e sum_source_i,       // before the first inner element
  input  logic [15:0] a_i,                // addresses of the first element, and from one to the next
  input  logic [15:0] a_outer_i,
  input  logic [15:0] a_inner_i,
  input  logic [15:0] b_i,
  input  logic [15:0] b_outer_i,
  input  logic [15:0] b_inner_i,
  input  logic [15:0] sum_i,              // of the sum before, of the result and of where it goes in a bank at the edge
  input  logic [15:0] to_i,
  input  logic [15:0] edge_i,
  input  logic [15:0] to_outer_i,         // from one to the next, of all three
  input  logic        up_i,
  input  logic        aside_i,
  input  logic [4:0]  lanes_i,
  output logic        last_o,
  output lane_control_t control_o
);
  localparam logic [2:0] LastExpStep = 3'd6;

  logic [15:0] outer_q, inner_q, outer, inner;
  logic [3:0]  step_q, step;
  logic [2:0]  phase_q, phase;         // within exp: 0 is the subtraction
  logic        is_exp, ends_step, ends_element, ends_inner;
  lane_step_t  now;

  assign outer        = start_i ? '0 : outer_q;
  assign inner        = start_i ? '0 : inner_q;
  assign step         = start_i ? '0 : step_q;
  assign phase        = start_i ? '0 : phase_q;
  assign now          = program_i[13*step+:13];
  assign is_exp       = now.op == LaneSubtract;
  assign ends_step    = !is_exp || phase == LastExpStep;
  assign ends_element = ends_step && step == length_i - 4'd1;
  assign ends_inner   = ends_element && inner == inner_i - 16'd1;
  assign last_o       = ends_inner && outer == outer_i - 16'd1;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      outer_q <= '0;
      inner_q <= '0;
      step_q  <= '0;
      phase_q <= '0;
    end else if (active_i) begin
      outer_q <= ends_inner ? outer + 16'd1 : outer;
      inner_q <= ends_inner ? '0 : ends_element ? inner + 16'd1 : inner;
      step_q  <= ends_element ? '0 : ends_step ? step + 4'd1 : step;
      phase_q <= ends_step ? '0 : phase + 3'd1;
    end
  end

  always_comb begin
    control_o = '0;
    if (active_i) begin
      control_o.step       = now;
      if (phase != '0) control_o.step.op = LaneExp;
      if (!ends_step) control_o.step.minus_result = 1'b0;
      control_o.exp_step   = phase == '0 ? '0 : phase - 3'd1;
      control_o.done       = ends_step;
      control_o.adds_up    = ends_element && adds_up_i;
      control_o.sum_source = inner == '0 ? sum_source_i : SumRegister;
      control_o.write      = ends_element && (!adds_up_i || ends_inner);
      control_o.up         = control_o.write && up_i;
      control_o.aside      = control_o.write && aside_i;
      control_o.a          = a_i + outer * a_outer_i + inner * a_inner_i;
      control_o.b          = b_i + outer * b_outer_i + inner * b_inner_i;
      control_o.sum        = sum_i + outer * to_outer_i;
      control_o.to         = to_i + outer * to_outer_i;
      control_o.edge_to    = edge_i + outer * to_outer_i;
      control_o.lanes      = lanes_i;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (!rst_i && active_i) begin
      assert (outer_i != '0 && inner_i != '0 && length_i != '0);
      assert (inner_i == 16'd1 || adds_up_i);
    end
  end
`endif
endmodule
