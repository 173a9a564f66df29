// a * b + sum of fp32 factors.
module macc_fp32 (
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  input  logic [31:0] sum_i,
  output logic [31:0] result_o
);
  always_comb begin
    result_o = '0;
    if ({a_i, b_i, sum_i} != '0) result_o = arithmetic_pkg::attnsim_macc(a_i, b_i, sum_i, 1);
  end
endmodule
