// Random writes and reads of a bank or the DRAM, often of the same word, against an array.
module memory_bench;
  localparam int Width = `Width, Address = `Address, Words = `Words, Ports = 2;
  logic                   clk = 0;
  logic [Ports-1:0]       write = 0;
  logic [Address*Ports-1:0] write_address = 0, read_address = 0;
  logic [Width*Ports-1:0] write_data = 0, read_data;
  `Module u_memory (
    .clk_i(clk), .write_i(write), .write_address_i(write_address), .write_data_i(write_data),
    .read_address_i(read_address), .read_data_o(read_data)
  );

  logic [Width-1:0] words [Words];
  integer cycle, port, errors = 0, checks = 0;
  initial begin
    for (cycle = 0; cycle < 4000 && errors < 20; cycle = cycle + 1) begin
      // Every word once, then any of them.
      write = cycle < Words ? 2'b01 : 2'($urandom);
      for (port = 0; port < Ports; port = port + 1) begin
        write_address[Address*port+:Address] = cycle < Words ? Address'(cycle) : Address'($urandom % Words);
        read_address[Address*port+:Address]  = Address'($urandom % Words);
        write_data[Width*port+:Width] = Width'($urandom);
      end
      #1;
      for (port = 0; port < Ports; port = port + 1) begin
        if (cycle > Words) begin
          checks = checks + 1;
          if (read_data[Width*port+:Width] !== words[read_address[Address*port+:Address]]) errors = errors + 1;
        end
      end
      for (port = 0; port < Ports; port = port + 1) begin
        if (write[port]) words[write_address[Address*port+:Address]] = write_data[Width*port+:Width];
      end
      #1 clk = 1;
      #1 clk = 0;
    end
    if (errors == 0) $display("PASSED %0d reads", checks);
    else $display("FAILED %0d of %0d reads", errors, checks);
    $finish;
  end
endmodule
