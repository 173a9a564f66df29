
  // PE (r, c) has the corner's word of r + c cycles ago, for as many rows and columns less; nothing in the cycles of reset.
  pe_control_t past [Rows+Columns+1];
  pe_control_t wanted [Rows+1][Columns];
  logic        was_reset_q = 1'b0;
  always @(posedge clk_i) was_reset_q <= 1'b1;
  always @* assume (rst_i == !was_reset_q);
  assign past[0] = control_i;
  for (genvar k = 1; k < int'(Rows + Columns + 1); k++) begin : g_past
    always @(posedge clk_i) past[k] <= rst_i ? '0 : past[k-1];
  end
  for (genvar r = 0; r < int'(Rows + 1); r++) begin : g_row_skew
    for (genvar c = 0; c < int'(Columns); c++) begin : g_skew
      always @* begin
        wanted[r][c] = past[r+c];
        wanted[r][c].rows = past[r+c].rows > 5'(r) ? past[r+c].rows - 5'(r) : 5'd0;
        wanted[r][c].columns = past[r+c].columns > 5'(c) ? past[r+c].columns - 5'(c) : 5'd0;
        if (was_reset_q) assert (control[r][c] == wanted[r][c]);
      end
    end
  end

  // So a reduction leaves column c Rows + c cycles after its word entered, and the banks are read as the word passes.
  for (genvar c = 0; c < int'(Columns); c++) begin : g_below
    always @* begin
      if (was_reset_q) begin
        assert (below_valid_o[c] == (5'(c) < past[Rows+c].columns &&
                                     (past[Rows+c].op == PeReduceMax || past[Rows+c].op == PeReduceAdd ||
                                      past[Rows+c].op == PeReduceMacc)));
        assert (!below_valid_o[c] || below_address_o[16*c+:16] == past[Rows+c].lane);
        assert (top_address_o[16*c+:16] == past[c].top);
      end
    end
  end
  for (genvar r = 0; r < int'(Rows); r++) begin : g_left
    always @* if (was_reset_q) assert (left_address_o[16*r+:16] == past[r].left);
  end
