// An eight-bit integer as bf16, exact: bf16 has eight bits of significand. Combinational.
module int8_to_bf16 (
  input  logic [7:0]  value_i,
  input  logic        unsigned_i,  // 0 to 255, else -128 to 127
  output logic [15:0] result_o
);

  logic       sign;
  logic [7:0] magnitude, normal;
  logic [2:0] shift;

  assign sign      = value_i[7] && !unsigned_i;
  assign magnitude = sign ? -value_i : value_i;

  normalise #(.Width(8), .ShiftWidth(3)) u_normalise (
    .value_i(magnitude),
    .value_o(normal),
    .shift_o(shift)
  );

  // The top bit is worth 2^7.
  assign result_o = normal[7] ? {sign, 8'd134 - {5'b0, shift}, normal[6:0]} : 16'h0;

`ifdef VERILATOR
  always_comb assert ((value_i == '0) == (result_o == '0));
`endif

endmodule
