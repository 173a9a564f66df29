// Turns an instruction of the 1D array into one control word a cycle, for lane 0.
module array_1d_control
  import lane_control_pkg::*;
(
  input  logic        clk_i,
  input  logic        rst_i,
  input  logic        start_i,
  input  logic        active_i,
  // The instruction; it stays until last_o.
  input  lane_op_e    op_i,            // LaneSubtract for exp(a - b)
  input  logic [15:0] steps_i,         // at least 1
  input  logic        a_is_constant_i,
  input  logic        b_is_constant_i,
  input  logic [15:0] a_i,             // addresses of the first step
  input  logic [15:0] b_i,
  input  logic [15:0] to_i,
  input  logic [15:0] top_i,
  input  logic        a_moves_i,       // whether each further step adds 1
  input  logic        b_moves_i,
  input  logic        up_i,
  input  logic [4:0]  lanes_i,
  output logic        last_o,
  output lane_control_t control_o
);
  localparam logic [2:0] LastExpStep = 3'd6;

  logic [15:0] step_q, step;
  logic [2:0]  phase_q, phase;         // within exp: 0 is the subtraction
  logic        is_exp, ends_step;

  assign step      = start_i ? '0 : step_q;
  assign phase     = start_i ? '0 : phase_q;
  assign is_exp    = op_i == LaneSubtract;
  assign ends_step = !is_exp || phase == LastExpStep;
  assign last_o    = ends_step && step == steps_i - 16'd1;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      step_q  <= '0;
      phase_q <= '0;
    end else if (active_i) begin
      step_q  <= ends_step ? step + 16'd1 : step;
      phase_q <= ends_step ? '0 : phase + 3'd1;
    end
  end

  always_comb begin
    control_o = '0;
    if (active_i) begin
      control_o.op            = phase != '0 ? LaneExp : op_i;
      control_o.exp_step      = phase == '0 ? '0 : phase - 3'd1;
      control_o.write         = ends_step;
      control_o.up            = ends_step && up_i;
      control_o.a_is_constant = a_is_constant_i;
      control_o.b_is_constant = b_is_constant_i;
      control_o.a             = a_moves_i ? a_i + step : a_i;
      control_o.b             = b_moves_i ? b_i + step : b_i;
      control_o.to            = to_i + step;
      control_o.top           = top_i + step;
      control_o.lanes         = lanes_i;
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (!rst_i && active_i) assert (steps_i != '0);
  end
`endif
endmodule
