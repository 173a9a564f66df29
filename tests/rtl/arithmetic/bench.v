// A self-checking bench for any module of rtl/arithmetic: every vector holds inputs and the outputs of the C++ model.
// The header says what the module's ports are in a vector; see vectors.cpp.
`include `HEADER

module bench;
  reg  [`INPUT_BITS+`OUTPUT_BITS-1:0] vectors [0:`VECTORS-1];
  reg  [`INPUT_BITS-1:0]              in;
  reg  [`OUTPUT_BITS-1:0]             wanted;
  wire [`OUTPUT_BITS-1:0]             out;
  integer                             index, mismatches;

  `MODULE u_module (`CONNECTIONS);

  initial begin
    $readmemh(`VECTOR_FILE, vectors);
    mismatches = 0;
    for (index = 0; index < `VECTORS; index = index + 1) begin
      {in, wanted} = vectors[index];
      #1;
      if (out !== wanted) begin
        mismatches = mismatches + 1;
        if (mismatches <= 5) $display("vector %0d: in %h, out %h, wanted %h", index, in, out, wanted);
      end
    end
    $display("%0d vectors, %0d mismatches", `VECTORS, mismatches);
    if (mismatches == 0) $display("PASSED");
    $finish;
  end
endmodule
