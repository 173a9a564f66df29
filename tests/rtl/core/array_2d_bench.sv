// Random control words into the corner of an array that is not square, on integers. What each PE holds and what each column
// gives is computed word by word; the word of cycle s counts for PE (r, c) in cycle s + r + c and no other, and leaves
// column c in cycle s + Rows + c.
module array_2d_bench;
  import pe_control_pkg::*;
  `include "numbers.svh"
  localparam int Rows = `Rows, Columns = `Columns, Registers = 16, Cycles = 600, Fill = 16, Window = 16;
  logic clk = 0, rst = 1;
  pe_control_t control = 0;
  pe_drain_t   drain = 0;
  logic [15:0] scale = 0;
  logic [Rows*Columns-1:0] mask = 0;
  logic [16*Columns-1:0] top_address, below_address;
  logic [32*Columns-1:0] top_data, below_data;
  logic [16*Rows-1:0] left_address, left_data;
  logic [Columns-1:0] below_valid;
  logic [3:0] store_from = 0;
  logic [8*Rows*Columns-1:0] store_row, store_column;
  logic [32*Rows*Columns-1:0] store;
  initial begin
    for (int pe = 0; pe < Rows * Columns; pe++) begin
      store_row[8*pe+:8]    = 8'(pe / Columns);
      store_column[8*pe+:8] = 8'(pe % Columns);
    end
  end
  array_2d u_array (
    .clk_i(clk), .rst_i(rst), .control_i(control), .drain_i(drain), .scale_i(scale), .mask_i(mask), .top_address_o(top_address),
    .top_data_i(top_data), .left_address_o(left_address), .left_data_i(left_data), .below_valid_o(below_valid),
    .below_address_o(below_address), .below_data_o(below_data), .store_from_i(store_from),
    .store_row_i(store_row), .store_column_i(store_column), .store_o(store)
  );

  // The banks: integers by address and place.
  function integer top_of(input integer column, input [15:0] at);
    top_of = (32'(at) * 37 + column * 11) % 61 - 30;
  endfunction
  function integer left_of(input integer row, input [15:0] at);
    left_of = (32'(at) * 13 + row * 7) % 31 - 15;
  endfunction
  integer line;
  always @* begin
    for (line = 0; line < Columns; line = line + 1)
      top_data[32*line+:32] = fp32_of(top_of(line, top_address[16*line+:16]));
    for (line = 0; line < Rows; line = line + 1)
      left_data[16*line+:16] = bf16_of(left_of(line, left_address[16*line+:16]));
  end

  // Words by their cycle, their masks and what their reductions have come to, in rings.
  pe_control_t words [Window], word;
  logic [Rows*Columns-1:0] masks [Window];
  integer scales [Window];
  integer partial [Window*Columns];
  integer registers [Rows*Columns*Registers];
  integer sums [Rows*Columns];
  integer cycle, r, c, pe, slot, from, sum, errors = 0, checks = 0, reductions = 0, products = 0;
  logic   reduces, takes_part;
  logic [3:0] recent = 0;
  task expect_true(input logic right, input integer what);
    checks = checks + 1;
    if (right !== 1'b1) begin
      errors = errors + 1;
      if (errors < 6) $display("cycle %0d, row %0d, column %0d: check %0d", cycle, r, c, what);
    end
  endtask
  function is_reduction(input pe_op_e op);
    is_reduction = op == PeReduceMax || op == PeReduceAdd || op == PeReduceMacc;
  endfunction

  // What PE (r, c) does in this cycle.
  task step;
    slot = (cycle - r - c) % Window;
    word = words[slot];
    pe = r * Columns + c;
    takes_part = r < word.rows && c < word.columns;
    if (r == 0) partial[slot*Columns+c] = word.op == PeReduceMax ? Lowest : 0;
    from = registers[pe*Registers+word.from];
    sum = sums[pe];
    if (takes_part) begin
      case (word.op)
        PeMacc: sum = sum_of(word.first ? 0 : word.resumes ? from : sum,
                             top_of(c, word.top) * (word.scaled ? scales[slot] : 1) * left_of(r, word.left));
        PeSubtract:   sum = sum_of(from, -top_of(c, word.top));
        PeSelect:     sum = masks[slot][c*Rows+r] ? registers[pe*Registers+word.to] : Lowest;
        PeReduceMax:  partial[slot*Columns+c] = larger(partial[slot*Columns+c], from);
        PeReduceAdd:  partial[slot*Columns+c] = sum_of(partial[slot*Columns+c], from);
        PeReduceMacc: partial[slot*Columns+c] = sum_of(partial[slot*Columns+c], rounded(from) * left_of(r, word.left));
        default: ;
      endcase
      sums[pe] = sum;
      if (word.write) registers[pe*Registers+word.to] = sum;
    end
  endtask

  initial begin
    for (slot = 0; slot < Window; slot = slot + 1) words[slot] = 0;
    for (pe = 0; pe < Rows * Columns; pe = pe + 1) sums[pe] = 0;
    for (pe = 0; pe < Rows * Columns * Registers; pe = pe + 1) registers[pe] = 0;
    for (cycle = 0; cycle < Rows + Columns + 2; cycle = cycle + 1) begin  // until the paths are empty
      #1 clk = 1;
      #1 clk = 0;
    end
    rst = 0;
    for (cycle = Window; cycle < Cycles && errors < 20; cycle = cycle + 1) begin
      {control.left, control.top, control.lane, control.from, control.to} = {$urandom, $urandom};
      {control.first, control.resumes, control.write, control.scaled} = 0;
      control.rows = 5'($urandom % (Rows + 1));
      control.columns = 5'($urandom % (Columns + 1));
      if (cycle < Window + Fill) begin  // every register gets a number
        control.op = PeMacc;
        {control.first, control.write} = 2'b11;
        control.to = 4'(cycle);
        {control.rows, control.columns} = {5'(Rows), 5'(Columns)};
      end else if (cycle % 64 < 32 && cycle % 8 == 0) begin  // sums start again and stay small; what masks took comes back
        control.op = PeMacc;
        {control.first, control.write} = 2'b11;
        {control.rows, control.columns} = {5'(Rows), 5'(Columns)};
      end else begin
        case ($urandom % 7)
          0, 1:    control.op = PeMacc;
          2:       control.op = PeReduceMax;
          3:       control.op = PeReduceAdd;
          4:       control.op = PeSubtract;
          5:       control.op = cycle % 64 < 32 ? PeSelect : PeReduceMacc;
          default: control.op = PeIdle;
        endcase
        control.resumes = control.op == PeMacc && $urandom % 3 == 0;
        control.write = control.op == PeSelect || (!is_reduction(control.op) && control.op != PeIdle &&
                                                       cycle % 64 < 32 && $urandom % 2 == 0);
      end
      // Words that write nothing take what a word just before them has made, so that most reductions are of numbers.
      if (control.op == PeMacc && control.first) recent = control.to;
      if (cycle % 64 >= 32 && $urandom % 2 == 0) control.from = recent;
      // Only of small, finite registers are products exact.
      if (control.op == PeReduceMacc) begin
        for (pe = 0; pe < Rows * Columns; pe = pe + 1) begin
          from = registers[pe*Registers+control.from];
          if (from < -30000 || from > 30000) control.op = PeReduceAdd;
        end
        for (slot = 0; slot < Window; slot = slot + 1) begin
          word = words[slot];
          if (word.write) control.op = PeReduceAdd;
        end
      end
      control.scaled = control.op == PeMacc && cycle % 64 < 32 && $urandom % 3 == 0;
      mask = $urandom;
      scale = bf16_of(1 + cycle % 3);
      words[cycle%Window] = control;
      masks[cycle%Window] = mask;
      scales[cycle%Window] = 1 + cycle % 3;
      store_from = 4'($urandom);
      #1;
      for (c = 0; c < Columns; c = c + 1) begin
        r = 0;
        word = words[(cycle-c)%Window];
        expect_true(top_address[16*c+:16] === word.top, 1);
        word = words[(cycle-Rows-c)%Window];
        reduces = is_reduction(word.op) && c < word.columns;
        expect_true(below_valid[c] === reduces, 2);
        if (reduces) begin
          reductions = reductions + 1;
          if (word.op == PeReduceMacc) products = products + 1;
          expect_true(below_address[16*c+:16] === word.lane, 3);
          expect_true(below_data[32*c+:32] === fp32_of(partial[(cycle-Rows-c)%Window*Columns+c]), 4);
        end
      end
      c = 0;
      for (r = 0; r < Rows; r = r + 1) begin
        word = words[(cycle-r)%Window];
        expect_true(left_address[16*r+:16] === word.left, 5);
      end
      if (cycle >= Window + Fill + Rows + Columns) begin
        for (r = 0; r < Rows; r = r + 1) begin
          for (c = 0; c < Columns; c = c + 1) begin
            pe = r * Columns + c;
            expect_true(store[32*pe+:32] === fp32_of(registers[pe*Registers+store_from]), 6);
          end
        end
      end
      for (r = 0; r < Rows; r = r + 1) for (c = 0; c < Columns; c = c + 1) step;
      #1 clk = 1;
      #1 clk = 0;
    end
    if (errors == 0 && reductions > 150 && products > 20) $display("PASSED %0d checks", checks);
    else $display("FAILED %0d of %0d checks, %0d reductions, %0d of products", errors, checks, reductions, products);
    $finish;
  end
endmodule
