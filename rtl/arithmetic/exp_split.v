// t = n + f: n the integer nearest to t (ties to even), f in [-0.5, 0.5] the rest, rounded to bf16. For |t| < 256, which
// the exponents of exp are; a NaN gives f = NaN. Combinational.
module exp_split (
  input  logic [31:0]       t_i,
  output logic signed [8:0] n_o,
  output logic [15:0]       f_o
);

  logic        sign, nan;
  logic [7:0]  exponent;
  logic [23:0] significand;

  assign sign        = t_i[31];
  assign nan         = t_i[30:0] > 31'h7f80_0000;
  assign exponent    = t_i[30:23];
  assign significand = {1'b1, t_i[22:0]};

  // |t| >= 0.5 with 24 bits behind the point; at |t| < 0.5, n is 0 and f is t.
  logic [31:0] fixed;
  logic [7:0]  whole, magnitude;
  logic [23:0] part, rest;
  logic        is_fixed, up;

  assign is_fixed      = exponent >= 8'd126;
  assign fixed         = {8'b0, significand} << 4'(exponent - 8'd126);
  assign {whole, part} = fixed;
  assign up            = part > 24'h80_0000 || (part == 24'h80_0000 && whole[0]);
  assign magnitude     = is_fixed ? whole + {7'b0, up} : '0;
  assign n_o           = sign ? -$signed({1'b0, magnitude}) : $signed({1'b0, magnitude});
  assign rest          = up ? -part : part;

  logic [23:0] normal;
  logic [4:0]  shift;
  logic [31:0] exact;

  normalise #(.Width(24), .ShiftWidth(5)) u_normalise (
    .value_i(rest),
    .value_o(normal),
    .shift_o(shift)
  );

  // A rest of 0 is +0, as t - n gives it.
  assign exact = !is_fixed || nan ? t_i : normal[23] ? {sign ^ up, 8'd126 - {3'b0, shift}, normal[22:0]} : 32'h0;

  round_bf16 u_round_bf16 (
    .value_i (exact),
    .result_o(f_o)
  );

`ifdef VERILATOR
  always_comb assert (nan || f_o[14:0] <= 15'h3f00);  // at most a half
`endif

endmodule
