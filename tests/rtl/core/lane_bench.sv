// Random control words on integers, which a lane computes exactly, and exponentials of seven words.
module lane_bench;
  import lane_control_pkg::*;
  `include "numbers.svh"
  logic          clk = 0, write;
  lane_control_t control = 0;
  lane_step_t    now = 0;
  logic [31:0]   a_constant = 0, b_constant = 0, a_data = 0, b_data = 0, sum_data = 0, result;
  lane u_lane (
    .clk_i(clk), .control_i(control), .a_constant_i(a_constant), .b_constant_i(b_constant), .a_data_i(a_data),
    .b_data_i(b_data), .sum_data_i(sum_data), .write_o(write), .result_o(result)
  );

  integer cycle, step, a, b, carried, wanted, errors = 0, checks = 0, exps = 0;
  logic [31:0] a_word, b_word;
  task expect_true(input logic right);
    checks = checks + 1;
    if (right !== 1'b1) begin
      errors = errors + 1;
      if (errors < 6) $display("cycle %0d, op %0d: %0d, %0d gives %h", cycle, now.op, a, b, result);
    end
  endtask

  // Puts a and b where the word says, and other numbers where it does not.
  task put_operands;
    {a_constant, b_constant, a_data, b_data} = {$urandom, $urandom, $urandom, $urandom};
    {now.minus_a, now.minus_b, now.minus_result} = $urandom;
    now.a = LaneBankA;
    now.b = LaneBankB;
    if ($urandom % 2 == 0) now.a = LaneConstantA;
    if ($urandom % 2 == 0) now.b = LaneConstantB;
    a_word = {now.minus_a, 31'b0} ^ fp32_of(a);
    b_word = {now.minus_b, 31'b0} ^ fp32_of(b);
    if (now.a == LaneConstantA) a_constant = a_word; else a_data = a_word;
    if (now.b == LaneConstantB) b_constant = b_word; else b_data = b_word;
    control.step = now;
  endtask
  task clock;
    #1 clk = 1;
    #1 clk = 0;
  endtask

  initial begin
    for (cycle = 0; cycle < 500 && errors < 20; cycle = cycle + 1) begin
      {control.a, control.b, control.to, control.edge_to} = {$urandom, $urandom};
      control.exp_step = 0;
      control.lanes = 5'($urandom % 3);
      control.write = $urandom % 4 != 0;
      a = drawn(1 << 20);
      b = drawn(1 << 20);
      case ($urandom % 6)
        0: begin
          now.op = LaneMax;
          if ($urandom % 4 == 0) a = Lowest;
          wanted = larger(a, b);
        end
        1: begin
          now.op = LaneAdd;
          if ($urandom % 4 == 0) b = Lowest;
          wanted = sum_of(a, b);
        end
        4: begin
          now.op = LaneMacc;
          a = 2 * drawn(1000) + 1;
          b = 2 * drawn(1000) + 1;
          carried = 2 * drawn(1000000);
          sum_data = fp32_of(carried);
          control.sum_source = SumBank;
          wanted = a * b + carried;
        end
        2: begin
          now.op = LaneMultiply;
          a = 2 * drawn(2000) + 1;  // a product that is zero would have a sign
          b = 2 * drawn(2000) + 1;
          wanted = a * b;
        end
        3: begin
          now.op = LaneDivide;
          b = 1 + $urandom % 4000;
          wanted = drawn(4000);
          a = wanted * b;
        end
        default: begin
          now.op = LaneSubtract;
          b = a + (cycle % 3 == 0 ? 0 : cycle % 3 == 1 ? drawn(9) : 200);
          wanted = a - b;
        end
      endcase
      put_operands;
      #1;
      expect_true(write === (control.write && control.lanes != 0));
      expect_true(result === ({now.minus_result, 31'b0} ^ fp32_of(wanted)));
      clock;
      if (now.op == LaneSubtract) begin
        now.op = LaneExp;
        for (step = 0; step < 6; step = step + 1) begin
          control.exp_step = 3'(step);
          put_operands;
          now.minus_result = 0;
          control.step = now;
          {a_data, b_data, a_constant, b_constant} = {$urandom, $urandom, $urandom, $urandom};
          #1;
          if (step == 5) expect_true(is_exp_of(result, a - b));
          clock;
        end
        exps = exps + 1;
      end
    end
    if (errors == 0 && exps > 60) $display("PASSED %0d checks", checks);
    else $display("FAILED %0d of %0d checks", errors, checks);
    $finish;
  end
endmodule
