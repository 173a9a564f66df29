// What a PE's MACC takes in each of the six steps of exp(x), and how the result is scaled: t = x log2(e) in steps 0 to 2,
// n and f from t, then ((c3 f + c2) f + c1) f + 1 in steps 3 to 5. Combinational.
//
//   step  x_i  running_i   a      b       sum        the MACC's result
//   0     x    -           high   L       0          t
//   1     x    t           high   l       running    t
//   2     x    t           rest   L       running    t, which takes the place of x
//   3     t    -           c3     f       c2         p
//   4     t    p           p      f       c1         p
//   5     t    p           p      f       1          p, scaled by exp_scale with n: the result
//
// x = high + rest with high in bf16, log2(e) = L + l likewise. Operands beyond +-128 count as +-128, whose results are
// infinity and 0.
module exp_step (
  input  logic [2:0]        step_i,
  input  logic [31:0]       x_i,
  input  logic [31:0]       running_i,
  output logic [15:0]       a_o,
  output logic [15:0]       b_o,
  output logic [31:0]       sum_o,
  output logic signed [8:0] n_o        // in steps 3 to 5
);

  localparam logic [15:0] Log2E     = 16'h3fb9;        // 0x1.72p0: log2(e) to 8 bits ...
  localparam logic [15:0] Log2ERest = 16'hbb2c;        // -0x1.58p-9: ... and the next 8
  localparam logic [31:0] C1        = 32'h3f31_7b9f;   // 0x1.62f73ep-1
  localparam logic [31:0] C2        = 32'h3e78_0914;   // 0x1.f01228p-3
  localparam logic [15:0] C3        = 16'h3d61;        // 0x1.c2p-5

  // x = high + rest.
  logic        nan, beyond;
  logic [31:0] x;
  logic [15:0] high, rest, rounded_rest;
  logic        up;
  logic [15:0] rest_magnitude, normal_rest;
  logic [3:0]  rest_shift;
  logic [7:0]  down;

  assign nan    = x_i[30:0] > 31'h7f80_0000;
  assign beyond = x_i[30:0] > 31'h4300_0000;
  assign x      = beyond && !nan ? {x_i[31], 31'h4300_0000} : x_i;

  round_bf16 u_round_high (
    .value_i (x),
    .result_o(high)
  );

  // What rounding to bf16 took off, or with the other sign what it added.
  assign up             = x[15] && (x[14:0] != '0 || x[16]);
  assign rest_magnitude = up ? -x[15:0] : x[15:0];

  normalise #(.Width(16), .ShiftWidth(4)) u_normalise (
    .value_i(rest_magnitude),
    .value_o(normal_rest),
    .shift_o(rest_shift)
  );

  // The top bit of the rest is worth 2^-8 of the significand's.
  assign down = 8'd8 + {4'b0, rest_shift};

  round_bf16 u_round_rest (
    .value_i ({x[31] ^ up, x[30:23] - down, normal_rest[14:0], 8'b0}),
    .result_o(rounded_rest)
  );

  assign rest = !normal_rest[15] ? 16'h0 : x[30:23] <= down ? {x[31] ^ up, 15'b0} : rounded_rest;

  // t = n + f, and the polynomial's running value.
  logic [15:0] f, p;

  exp_split u_exp_split (
    .t_i(x_i),
    .n_o(n_o),
    .f_o(f)
  );

  round_bf16 u_round_p (
    .value_i (running_i),
    .result_o(p)
  );

  always_comb begin
    case (step_i)
      3'd0:    {a_o, b_o, sum_o} = {high, Log2E, 32'h0};
      3'd1:    {a_o, b_o, sum_o} = {high, Log2ERest, running_i};
      3'd2:    {a_o, b_o, sum_o} = {rest, Log2E, running_i};
      3'd3:    {a_o, b_o, sum_o} = {C3, f, C2};
      3'd4:    {a_o, b_o, sum_o} = {p, f, C1};
      default: {a_o, b_o, sum_o} = {p, f, 32'h3f80_0000};
    endcase
  end

`ifdef VERILATOR
  always_comb assert (step_i <= 3'd5);
`endif

endmodule
