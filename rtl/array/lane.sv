// A lane of the 1D array, fp32: it takes two operands from its bank (or a constant), and writes one result.
module lane
  import lane_control_pkg::*;
(
  input  logic          clk_i,
  input  lane_control_t control_i,
  input  logic [31:0]   a_constant_i,
  input  logic [31:0]   b_constant_i,
  // Its bank: data in the same cycle.
  input  logic [31:0]   a_data_i,
  input  logic [31:0]   b_data_i,
  output logic          write_o,
  output logic [31:0]   result_o
);
  localparam logic [31:0] MinusZero = 32'h8000_0000;  // x + -0 = x, also for zeros
  localparam logic [2:0]  ExpSplitStep = 3'd2;  // its result is split into n and f, which take the operand's place

  logic [31:0] a, b, operand_q, running_q, sum, maximum, macc_result, quotient, exp_result;
  logic [15:0] exp_a, exp_b;
  logic [31:0] exp_addend;
  logic        is_exp;
  logic signed [8:0] exponent;

  assign is_exp = control_i.op == LaneExp;
  assign a      = control_i.a_is_constant ? a_constant_i : a_data_i;
  assign b      = control_i.b_is_constant ? b_constant_i : b_data_i;

  add_fp32 u_add (.a_i(a), .b_i(b), .subtract_i(control_i.op == LaneSubtract), .result_o(sum));
  max_fp32 u_max (.a_i(a), .b_i(b), .result_o(maximum));
  divide_fp32 u_divide (.a_i(a), .b_i(b), .result_o(quotient));

  // A bf16 number is an fp32 one whose low half is 0, so that the MACC of the lanes serves exp as well.
  macc_fp32 u_macc (
    .a_i      (is_exp ? {exp_a, 16'b0} : a),
    .b_i      (is_exp ? {exp_b, 16'b0} : b),
    .sum_i    (is_exp ? exp_addend : MinusZero),
    .result_o (macc_result)
  );
  exp_step u_exp_step (
    .step_i    (control_i.exp_step),
    .x_i       (operand_q),
    .running_i (running_q),
    .a_o       (exp_a),
    .b_o       (exp_b),
    .sum_o     (exp_addend),
    .n_o       (exponent)
  );
  exp_scale u_exp_scale (.p_i(macc_result), .n_i(exponent), .result_o(exp_result));

  always_ff @(posedge clk_i) begin
    if (control_i.op == LaneSubtract) operand_q <= sum;
    if (is_exp && control_i.exp_step == ExpSplitStep) operand_q <= macc_result;
    if (is_exp) running_q <= macc_result;
  end

  // Addresses are the bank's and the path's upwards.
  logic unused_addresses;
  assign unused_addresses = ^{control_i.up, control_i.a, control_i.b, control_i.to, control_i.top};

  assign write_o = control_i.write && control_i.lanes != '0;
  always_comb begin
    unique case (control_i.op)
      LaneMax:      result_o = maximum;
      LaneMultiply: result_o = macc_result;
      LaneDivide:   result_o = quotient;
      LaneExp:      result_o = exp_result;
      default:      result_o = sum;
    endcase
  end
endmodule
