// fp32 to bf16: to nearest, ties to even; a subnormal to a zero of its sign, overflow to infinity. Combinational.
module round_bf16 (
  input  logic [31:0] value_i,
  output logic [15:0] result_o
);

  logic        zero, nan, up;
  logic [15:0] rounded;

  assign zero = value_i[30:23] == 8'h00;
  assign nan  = value_i[30:23] == 8'hff && value_i[22:0] != '0;
  assign up   = value_i[15] && (value_i[14:0] != '0 || value_i[16]);
  // A carry out of the fraction raises the exponent, at the end to that of infinity.
  assign rounded  = value_i[31:16] + {15'b0, up};
  assign result_o = nan ? 16'h7fc0 : zero ? {value_i[31], 15'b0} : rounded;

`ifdef VERILATOR
  always_comb assert (nan || result_o[15] == value_i[31]);
`endif

endmodule
