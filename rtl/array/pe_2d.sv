// A PE of the 2D array: registers, an accumulator, one MACC, an adder and a comparator. Everything that enters moves on
// one PE a cycle: the control word and what comes from above downwards, the left operand to the right.
//
//   cycle              t                         t + 1
//   control_i          word                      (control_o = word, one row less)
//   top_i, left_i      its operands              (top_o, left_o)
//   above_i            partial result            below_o = partial result with this PE's part
//   drain_i            whose register leaves     drain_data_o = that register, here or from above
module pe_2d
  import pe_control_pkg::*;
#(
  parameter int unsigned Registers = 16
) (
  input  logic        clk_i,
  input  logic        rst_i,
  input  pe_control_t control_i,
  input  logic [15:0] left_i,        // bf16
  input  logic [31:0] top_i,         // fp32; the mask of the rows from here on in PeSelect
  input  logic [31:0] above_i,
  output pe_control_t control_o,
  output logic [15:0] left_o,
  output logic [31:0] top_o,
  output logic [31:0] below_o,
  input  pe_drain_t   drain_i,
  input  logic [31:0] drain_data_i,
  output pe_drain_t   drain_o,
  output logic [31:0] drain_data_o,
  input  logic [3:0]  store_from_i,  // the register that the DMA reads
  output logic [31:0] store_o
);
  localparam logic [31:0] MinusInfinity = 32'hff80_0000;
  localparam logic [2:0]  ExpSplitStep  = 3'd2;  // its result is split into n and f, which take the operand's place

  logic [31:0] registers_q [Registers];
  logic [31:0] sum_q;
  logic [31:0] sum_d;
  logic [31:0] below_d;
  logic [31:0] from;
  logic        takes_part;

  assign from       = registers_q[control_i.from];
  assign takes_part = control_i.rows != '0 && control_i.columns != '0;

  // Units that an operation does not use are given zeros, so that nothing moves in them.
  logic multiplies, adds, compares;
  assign multiplies = control_i.op == PeMacc || control_i.op == PeReduceMacc;
  assign adds       = control_i.op == PeSubtract || control_i.op == PeReduceAdd;
  assign compares   = control_i.op == PeReduceMax;

  // The MACC: its operands by what it works on.
  logic        reduces;
  logic [31:0] wide_factor;
  logic [15:0] factor_a, factor_b, exp_a, exp_b;
  logic [31:0] addend, exp_addend, macc_result;
  assign reduces     = control_i.op == PeReduceMacc;
  assign wide_factor = !multiplies ? '0 : reduces ? from : top_i;
  round_bf16 u_round (.value_i(wide_factor), .result_o(factor_a));
  assign factor_b = left_i;
  always_comb begin
    addend = sum_q;
    if (control_i.first) addend = '0;
    if (control_i.resumes) addend = from;
    if (reduces) addend = above_i;
  end

  logic        is_exp;
  logic [15:0] macc_a, macc_b;
  logic [31:0] macc_addend;
  assign is_exp      = control_i.op == PeExp;
  assign macc_a      = is_exp ? exp_a : factor_a;
  assign macc_b      = is_exp ? exp_b : multiplies ? factor_b : '0;
  assign macc_addend = is_exp ? exp_addend : multiplies ? addend : '0;
  macc_bf16 u_macc (.a_i(macc_a), .b_i(macc_b), .sum_i(macc_addend), .result_o(macc_result));

  // exp(a - b): the difference goes to the accumulator; six MACCs follow, whose running value has a register of its own.
  logic [31:0]       running_q, exp_result;
  logic signed [8:0] exponent;
  exp_step u_exp_step (
    .step_i    (control_i.exp_step),
    .x_i       (is_exp ? sum_q : '0),
    .running_i (is_exp ? running_q : '0),
    .a_o       (exp_a),
    .b_o       (exp_b),
    .sum_o     (exp_addend),
    .n_o       (exponent)
  );
  exp_scale u_exp_scale (.p_i(is_exp ? macc_result : '0), .n_i(exponent), .result_o(exp_result));

  logic        subtracts;
  logic [31:0] add_a, add_b, add_result, max_result;
  assign subtracts = control_i.op == PeSubtract;
  assign add_a     = !adds ? '0 : subtracts ? from : above_i;
  assign add_b     = !adds ? '0 : subtracts ? top_i : from;
  add_fp32 u_add (.a_i(add_a), .b_i(add_b), .subtract_i(subtracts), .result_o(add_result));
  max_fp32 u_max (.a_i(compares ? above_i : '0), .b_i(compares ? from : '0), .result_o(max_result));

  always_comb begin
    sum_d   = sum_q;
    below_d = above_i;
    unique case (control_i.op)
      PeMacc:       sum_d = macc_result;
      PeSubtract:   sum_d = add_result;
      PeExp:        if (control_i.write) sum_d = exp_result;
                    else if (control_i.exp_step == ExpSplitStep) sum_d = macc_result;
      PeSelect:     sum_d = top_i[0] ? registers_q[control_i.to] : MinusInfinity;
      PeReduceMax:  if (takes_part) below_d = max_result;
      PeReduceAdd:  if (takes_part) below_d = add_result;
      PeReduceMacc: if (takes_part) below_d = macc_result;
      default: ;
    endcase
  end

  // The top row's word leaves in the cycle that makes it.
  logic [31:0] leaves;
  assign leaves = takes_part && control_i.write && control_i.to == drain_i.from ? sum_d : registers_q[drain_i.from];

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      control_o <= '0;
      drain_o   <= '0;
    end else begin
      drain_o     <= drain_i;
      drain_o.row <= drain_i.row - 5'd1;
      control_o <= control_i;
      if (control_i.rows != '0) control_o.rows <= control_i.rows - 5'd1;
    end
    left_o  <= left_i;
    top_o   <= control_i.op == PeSelect ? {1'b0, top_i[31:1]} : top_i;
    below_o <= below_d;
    drain_data_o <= drain_i.row == '0 ? leaves : drain_data_i;
    if (takes_part) begin
      sum_q <= sum_d;
      if (is_exp) running_q <= macc_result;
      if (control_i.write) registers_q[control_i.to] <= sum_d;
    end
  end

  assign store_o = registers_q[store_from_i];

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin
    if (!rst_i) begin
      assert (!is_exp || control_i.exp_step <= 3'd5);
      assert (!control_i.first || !control_i.resumes);
    end
  end
`endif
endmodule
