// The MACC's operands in the six steps of exp(x).
module exp_step (
  input  logic [2:0]        step_i,
  input  logic [31:0]       x_i,
  input  logic [31:0]       running_i,
  output logic [15:0]       a_o,
  output logic [15:0]       b_o,
  output logic [31:0]       sum_o,
  output logic signed [8:0] n_o
);
  logic        rests;
  logic [31:0] factors_at_rest, sum_at_rest;
  logic signed [8:0] exponent_at_rest;
  initial begin
    factors_at_rest  = arithmetic_pkg::attnsim_exp_factors(0, 0, 0);
    sum_at_rest      = arithmetic_pkg::attnsim_exp_sum(0, 0);
    exponent_at_rest = 9'(arithmetic_pkg::attnsim_exp_exponent(0));
  end
  assign rests = {step_i, x_i, running_i} == '0;
  always_comb begin
    {a_o, b_o} = factors_at_rest;
    sum_o      = sum_at_rest;
    n_o        = exponent_at_rest;
    if (!rests) begin
      {a_o, b_o} = arithmetic_pkg::attnsim_exp_factors(32'(step_i), x_i, running_i);
      sum_o      = arithmetic_pkg::attnsim_exp_sum(32'(step_i), running_i);
      n_o        = 9'(arithmetic_pkg::attnsim_exp_exponent(x_i));
    end
  end
endmodule
