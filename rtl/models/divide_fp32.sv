// a / b.
module divide_fp32 (
  input  logic [31:0] a_i,
  input  logic [31:0] b_i,
  output logic [31:0] result_o
);
  always_comb begin
    result_o = '0;
    if ({a_i, b_i} != '0) result_o = arithmetic_pkg::attnsim_divide(a_i, b_i);
  end
endmodule
