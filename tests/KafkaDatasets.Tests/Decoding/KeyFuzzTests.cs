using System.Text;
using Google.Protobuf;
using Kafkadatasets.Tests;
using KafkaDatasets.Decoding;
using KafkaDatasets.Fetching;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;
using KafkaDatasets.Tests.Formats;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KafkaDatasets.Tests.Decoding;

/// <summary>Keys of any bytes give a row or a named error, in every format.</summary>
public sealed class KeyFuzzTests
{
    private const string Json = """{"type":"object","required":["a"],"properties":{"a":{"type":"integer"},"s":{"type":["null","string"]},"l":{"type":"array","items":{"type":"number"}}}}""";
    private const string Avro = """{"type":"record","name":"K","fields":[{"name":"a","type":"long"},{"name":"s","type":["null","string"]},{"name":"l","type":{"type":"array","items":"float"}},{"name":"b","type":"boolean"}]}""";

    private static readonly WantedColumns Wanted = new([], "Key");

    public static TheoryData<string> Formats => ["Avro", "Json", "Protobuf", "Csv", "Float32"];

    [Theory]
    [MemberData(nameof(Formats))]
    public Task Mutated_keys_give_no_other_exception_no_hang_and_no_large_allocation(string name)
    {
        (RecordFormat format, byte[][] keys) = Start(name);
        return Fuzz.RunAsync(
            _ => (((RecordFormat.BareFormat)format).Bind(Wanted), keys),
            [[0xff, 0xff, 0xff, 0xff, 7], [0], [2], [.. "{\"a\":"u8], [.. "\""u8], [.. ","u8], [.. "null"u8]],
            leastRejected: 0.1,
            DataPart.Key);
    }

    /// <summary>Through the decoder of rows, with the framing of the key: each record is a row, or an error of the key.</summary>
    [Fact]
    public async Task Mutated_framing_gives_a_row_or_an_error_that_names_the_key()
    {
        IRecordFormat key = ((RecordFormat.BareFormat)RecordFormat.Avro(Avro)).Bind(Wanted);
        IRecordFormat value = ((RecordFormat.BareFormat)RecordFormat.Float32(["x"])).Bind(WantedColumns.None);
        var registry = Schemas.MemoryRegistry.Create();
        int id = registry.Add("t-key", Avro);
        var format = new DatasetFormat(
            new PartFormat(DataPart.Value, value, null) { Name = "Float32" },
            new PartFormat(DataPart.Key, key, new RegistrySchemas(registry.Client, TimeSpan.FromSeconds(5), TimeProvider.System)) { Name = "Avro" },
            []);
        BlockColumn[] layout = [.. format.Schema.Columns.Select(c => new BlockColumn(c))];
        IRowDecoder decoder = format.CreateDecoder(layout, new BadRecords("t", BadRecordPolicy.Throw, NullLogger.Instance));
        RowBlock block = layout.Block();
        byte[] good = [0, (byte)(id >> 24), (byte)(id >> 16), (byte)(id >> 8), (byte)id, 8, 2, 2, (byte)'a', 2, 0, 0, 128, 63, 0, 1];
        var random = new Random(5);
        int rows = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = [.. good[..random.Next(random.Next(3) == 0 ? 0 : good.Length, good.Length + 1)]];
            for (int flips = random.Next(3); flips > 0 && bytes.Length > 0; flips--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            var chunk = new RecordChunk(0, _ => { }) { Bytes = [.. bytes, .. BitConverter.GetBytes((float)i)], ByteCount = bytes.Length + 4, Count = 1 };
            chunk.Entries = [new RecordEntry { Offset = i, KeyLength = bytes.Length, ValueStart = bytes.Length, ValueLength = 4 }];
            block.Clear();
            try
            {
                await decoder.DecodeAsync(chunk, 0, 1, block, TestContext.Current.CancellationToken);
                Assert.Equal(1, block.Rows);
                rows++;
            }
            catch (RecordDecodingException e)
            {
                Assert.StartsWith("The key of the record", e.Message);
                Assert.True(e.Field is null || e.Field.StartsWith("Key.", StringComparison.Ordinal), e.Message);
                Assert.Equal(i, e.Offset);
            }
        }

        Assert.InRange(rows, 4_000, 19_000);
    }

    private static (RecordFormat Format, byte[][] Keys) Start(string name) => name switch
    {
        "Avro" => (RecordFormat.Avro(Avro), [[8, 2, 2, (byte)'a', 2, 0, 0, 128, 63, 0, 1], [9, 0, 0, 0]]),
        "Json" => (RecordFormat.Json(Json), [.. ((string[])["""{"a":1,"s":"text","l":[1,2.5]}""", """{"a":-5,"l":[]}"""]).Select(Encoding.UTF8.GetBytes)]),
        "Protobuf" => (RecordFormat.Protobuf(Everything.Descriptor), [new Everything { Int = 5, Text = "text", Floats = { 1, 2 }, Nested = new Inner { X = 1 } }.ToByteArray()]),
        "Csv" => (RecordFormat.Csv([new DatasetColumn("a", ColumnType.Int32), new DatasetColumn("t", ColumnType.Text)]), [.. ((string[])["5,text", "-1,\"a,b\"\r\n"]).Select(Encoding.UTF8.GetBytes)]),
        _ => (RecordFormat.Float32(["a", "b"]), [[0, 0, 128, 63, 0, 0, 0, 64]]),
    };
}
