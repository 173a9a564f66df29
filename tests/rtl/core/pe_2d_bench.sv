// Random control words on integers, which a PE computes exactly: its registers, its accumulator and what it passes on. An
// exponential is a sequence of seven words; it leaves a number that is no integer, which the next word replaces.
module pe_2d_bench;
  import pe_control_pkg::*;
  `include "numbers.svh"
  logic        clk = 0, rst = 1;
  pe_control_t control = 0, control_out, control_wanted;
  logic [15:0] left = 0, left_out;
  logic [31:0] top = 0, above = 0, top_out, below_out, store, top_wanted;
  logic [3:0]  store_from = 0;
  pe_drain_t   drain = 0, drain_out;
  logic [31:0] drain_data = 0, drain_data_out;
  pe_2d u_pe (
    .clk_i(clk), .rst_i(rst), .control_i(control), .left_i(left), .top_i(top), .above_i(above),
    .control_o(control_out), .left_o(left_out), .top_o(top_out), .below_o(below_out), .drain_i(drain), .drain_data_i(drain_data), .drain_o(drain_out), .drain_data_o(drain_data_out),
    .store_from_i(store_from),
    .store_o(store)
  );

  integer registers [16];
  integer sum, from, left_value, top_value, above_value, below_wanted, result, cycle, step, i;
  integer errors = 0, checks = 0, exps = 0;
  logic   takes_part;
  task expect_true(input logic right, input integer what);
    checks = checks + 1;
    if (right !== 1'b1) begin
      errors = errors + 1;
      if (errors < 6) $display("cycle %0d, op %0d: check %0d", cycle, control.op, what);
    end
  endtask

  // Clocks the PE with what is on its inputs, and checks what it passes on.
  task clock;
    control_wanted = control;
    if (control.rows != 0) control_wanted.rows = control.rows - 5'd1;
    top_wanted = control.op == PeSelect ? {1'b0, top[31:1]} : top;
    #1 clk = 1;
    #1 clk = 0;
    expect_true(control_out === control_wanted, 1);
    expect_true(left_out === left && top_out === top_wanted, 2);
  endtask

  task draw_operands;
    left_value = drawn(127);
    top_value = drawn(4000);
    above_value = $urandom % 8 == 0 ? Lowest : drawn(1 << 20);
    left = bf16_of(left_value);
    top = fp32_of(top_value);
    above = fp32_of(above_value);
    {control.left, control.top, control.lane} = {$urandom, $urandom};
  endtask

  // exp(register from - top) into register to, and what the accumulator had is lost.
  task exponential(input [3:0] a, input [3:0] to, input integer minus);
    control.op = PeSubtract;
    control.from = a;
    control.to = to;
    control.write = 0;
    {control.first, control.resumes, control.scaled} = 0;
    {control.rows, control.columns} = {5'd1, 5'd3};
    for (step = 0; step <= 6; step = step + 1) begin
      draw_operands;
      if (step == 0) top = fp32_of(minus);
      if (step > 0) begin
        control.op = PeExp;
        control.exp_step = 3'(step - 1);
      end
      control.write = step == 6;
      clock;
      expect_true(below_out === above, 3);
    end
    control.exp_step = 0;
    store_from = to;
    #1;
    expect_true(is_exp_of(store, registers[a] == Lowest ? -1000.0 : registers[a] - minus), 4);
    exps = exps + 1;
  endtask

  initial begin
    #1 clk = 1;
    #1 clk = 0;
    rst = 0;
    for (cycle = 0; cycle < 2000 && errors < 20; cycle = cycle + 1) begin
      draw_operands;
      control.from = 4'($urandom);
      control.to = 4'($urandom);
      case ($urandom % 8)
        0, 1, 2: control.op = PeMacc;
        3:       control.op = PeReduceMax;
        4:       control.op = PeReduceAdd;
        5:       control.op = PeReduceMacc;
        6:       control.op = PeSubtract;
        default: control.op = PeSelect;
      endcase
      // Every register gets a number first; sums stay below 2^24, products of what the accumulator holds as well.
      if (cycle < 16) control.op = PeMacc;
      if (cycle < 16) control.to = 4'(cycle);
      from = cycle < 16 ? 0 : registers[control.from];
      if (control.op == PeReduceMacc && (from < -30000 || from > 30000)) control.op = PeReduceMax;
      control.first = control.op == PeMacc && (cycle < 16 || $urandom % 3 == 0 || sum < -4000000 || sum > 4000000);
      control.resumes = control.op == PeMacc && !control.first && $urandom % 3 == 0 && from > -4000000 && from < 4000000;
      control.write = cycle < 16 || control.op == PeSelect || (control.op != PeReduceMax && control.op != PeReduceAdd &&
                                                               control.op != PeReduceMacc && $urandom % 2 == 0);
      control.rows = cycle < 16 ? 5'd1 : 5'($urandom % 3);
      control.columns = cycle < 16 ? 5'd1 : 5'($urandom % 4);
      if (control.op == PeSelect) top = $urandom;
      takes_part = control.rows != 0 && control.columns != 0;

      result = sum;
      below_wanted = above_value;
      case (control.op)
        PeMacc:       result = sum_of(control.first ? 0 : control.resumes ? from : sum, rounded(top_value) * left_value);
        PeSubtract:   result = sum_of(from, -top_value);
        PeSelect:     result = top[0] ? registers[control.to] : Lowest;
        PeReduceMax:  if (takes_part) below_wanted = larger(above_value, from);
        PeReduceAdd:  if (takes_part) below_wanted = sum_of(above_value, from);
        default:      if (takes_part) below_wanted = sum_of(above_value, rounded(from) * left_value);
      endcase
      if (takes_part) begin
        sum = result;
        if (control.write) registers[control.to] = result;
      end
      clock;
      expect_true(below_out === fp32_of(below_wanted), 5);
      store_from = cycle < 16 ? 4'd0 : 4'($urandom);
      #1;
      expect_true(store === fp32_of(registers[store_from]), 6);

      if (cycle > 16 && cycle % 16 == 0) begin
        i = $urandom % 16;
        result = cycle % 3 == 0 ? 0 : cycle % 3 == 1 ? drawn(9) : 200;
        exponential(4'(i), 4'(i + 1), registers[i] == Lowest ? 9 : registers[i] + result);
        // The accumulator and the register become integers again.
        draw_operands;
        control.op = PeMacc;
        {control.first, control.write} = 2'b11;
        sum = rounded(top_value) * left_value;
        registers[(i + 1) % 16] = sum;
        clock;
      end
    end
    if (errors == 0 && exps > 100) $display("PASSED %0d checks", checks);
    else $display("FAILED %0d of %0d checks", errors, checks);
    $finish;
  end
endmodule
