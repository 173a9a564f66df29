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
  assign {a_o, b_o} = arithmetic_pkg::attnsim_exp_factors(32'(step_i), x_i, running_i);
  assign sum_o      = arithmetic_pkg::attnsim_exp_sum(32'(step_i), running_i);
  assign n_o        = 9'(arithmetic_pkg::attnsim_exp_exponent(x_i));
endmodule
