using System.Buffers.Binary;
using Confluent.SchemaRegistry;
using CsCheck;
using KafkaDatasets.Decoding;
using KafkaDatasets.Fetching;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace KafkaDatasets.Tests.Decoding;

/// <summary>Records with keys and headers on the fast path give the rows, and the bad records, that they give one by one.</summary>
public class BulkFrameTests
{
    private const int Id = 7;
    private static readonly Guid Guid = new("00112233-4455-6677-8899-aabbccddeeff");
    private static readonly SchemaDocument Schema = SchemaDocument.OfOptions(SchemaType.Avro, """{"type":"record","name":"R","fields":[{"name":"text","type":"string"},{"name":"x","type":"double"}]}""");
    private static readonly SchemaDocument KeySchema = SchemaDocument.OfOptions(SchemaType.Avro, """{"type":"record","name":"K","fields":[{"name":"k","type":"long"},{"name":"name","type":"string"}]}""");

    private static readonly Gen<Record> Records = Gen.Select(
        Gen.Frequency((8, Gen.Const(Frame.Id)), (1, Gen.Const(Frame.Header)), (1, Gen.Const(Frame.LongHeader)), (1, Gen.Const(Frame.OtherId)), (1, Gen.Const(Frame.None))),
        Gen.Int[0, 2],
        Gen.Frequency((9, Gen.Const(true)), (1, Gen.Const(false))),
        Gen.Frequency((9, Gen.Const(true)), (1, Gen.Const(false))),
        (frame, headers, hasKey, isSound) => new Record(frame, headers, hasKey, isSound));

    private enum Frame
    {
        Id,
        Header,
        LongHeader,
        OtherId,
        None,
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Rows_are_those_of_the_slow_path(bool withKeys) =>
        Gen.Frequency((2, Records.Array[0, 200]), (1, Records.SelectMany(record => Gen.Int[60, 140].Select(count => Enumerable.Repeat(record, count).ToArray())))).Sample(
            records =>
            {
                RecordChunk chunk = Chunk(records);
                (string[] fast, long fastBad) = Decode(chunk, withKeys, isStepByStep: false);
                (string[] slow, long slowBad) = Decode(chunk, withKeys, isStepByStep: true);
                Assert.Equal(slow, fast);
                Assert.Equal(slowBad, fastBad);
            },
            iter: 100);

    [Theory]
    [InlineData("Id", 2, 100)]
    [InlineData("Header", 0, 100)]
    [InlineData("OtherId", 0, 0)]
    [InlineData("None", 0, 0)]
    public void Frames_that_are_counted(string frame, int headers, int expected)
    {
        Record record = new(Enum.Parse<Frame>(frame), headers, HasKey: true, IsSound: true);
        RecordChunk chunk = Chunk([.. Enumerable.Repeat(record, 100)]);
        BulkFrame wanted = frame == "Header" ? BulkFrame.OfHeader(DataPart.Value, [1, .. Guid.ToByteArray(bigEndian: true)]) : BulkFrame.OfId(DataPart.Value, Id);

        Assert.Equal(expected, wanted.Count(chunk, chunk.Entries));
        Assert.Equal(100, BulkFrame.None.Count(chunk, chunk.Entries));
    }

    private static (string[] Rows, long Bad) Decode(RecordChunk chunk, bool withKeys, bool isStepByStep)
    {
        CompiledPlan.Interpret.Value = isStepByStep;
        try
        {
            var values = new PartFormat(DataPart.Value, new AvroRecordFormat(Schema, WantedColumns.None), new Writers(Schema)) { Name = "Avro" };
            var keys = new PartFormat(DataPart.Key, new AvroRecordFormat(KeySchema, new WantedColumns([], "Key")), new Writers(KeySchema)) { Name = "Avro" };
            BlockColumn[] layout =
            [
                .. values.Format.Schema.Columns.Select(c => new BlockColumn(c)),
                .. withKeys ? keys.Format.Schema.Columns.Select(c => new BlockColumn(c with { IsOfKey = true, Type = c.Type == ColumnType.Int64 ? ColumnType.Double : c.Type })) : [],
            ];
            var bad = new BadRecords("topic", BadRecordPolicy.Skip, NullLogger.Instance);
            var decoder = new RowDecoder(new PartPlans(values, layout), withKeys ? new PartPlans(keys, layout) : null, layout, bad);
            var block = new RowBlock(layout);
            block.EnsureRows(chunk.Count);
            for (int start = 0; start < chunk.Count; start += 70) // as a pass does: in several calls
            {
                ValueTask decoding = decoder.DecodeAsync(chunk, start, Math.Min(70, chunk.Count - start), block, TestContext.Current.CancellationToken);
                Assert.True(decoding.IsCompletedSuccessfully);
            }

            return ([.. Enumerable.Range(0, block.Rows).Select(row => $"{block.Offsets[row]}: {string.Join(", ", block.Columns.Select(c => c is TextColumn text ? Convert.ToHexString(text.Text(row)) : $"{((FixedColumn<double>)c).Values[row]}"))}")], bad.Skipped);
        }
        finally
        {
            CompiledPlan.Interpret.Value = false;
        }
    }

    private static RecordChunk Chunk(Record[] records)
    {
        var bytes = new List<byte>();
        var entries = new RecordEntry[records.Length];
        for (int i = 0; i < records.Length; i++)
        {
            Record record = records[i];
            byte[] guid = Guid.ToByteArray(bigEndian: true);
            entries[i] = new RecordEntry { Offset = i, KeyLength = -1 };
            if (record.HasKey)
            {
                entries[i].KeyStart = bytes.Count;
                bytes.AddRange([0, .. BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness(Id)), (byte)(2 * (i % 60)), 2, (byte)('a' + (i % 26))]);
                entries[i].KeyLength = bytes.Count - entries[i].KeyStart;
            }

            entries[i].ValueStart = bytes.Count;
            byte[] text = [.. Enumerable.Repeat((byte)('a' + (i % 26)), i % 5)];
            byte[] value = [(byte)(2 * text.Length), .. text, .. BitConverter.GetBytes(i * 0.5), .. record.IsSound ? (byte[])[] : [0]];
            bytes.AddRange([.. record.Frame is Frame.Id or Frame.OtherId ? (byte[])[0, 0, 0, 0, record.Frame == Frame.Id ? (byte)Id : (byte)8] : [], .. value]);
            entries[i].ValueLength = bytes.Count - entries[i].ValueStart;
            entries[i].HeadersStart = bytes.Count;
            for (int header = 0; header < record.Headers; header++)
            {
                bytes.AddRange([10, .. "trace"u8, 4, 1, 2]);
                entries[i].HeaderCount++;
            }

            if (record.Frame is Frame.Header or Frame.LongHeader)
            {
                byte[] content = [1, .. guid, .. record.Frame == Frame.LongHeader ? (byte[])[9] : []];
                bytes.AddRange([34, .. "__value_schema_id"u8, (byte)(2 * content.Length), .. content]);
                entries[i].HeaderCount++;
            }
        }

        bytes.AddRange(new byte[CompiledPlan.Slack]);
        return new RecordChunk(0, _ => { }) { Bytes = [.. bytes], ByteCount = bytes.Count, Entries = entries, Count = entries.Length };
    }

    private sealed record Record(Frame Frame, int Headers, bool HasKey, bool IsSound);

    private sealed class Writers(SchemaDocument schema) : IWriterSchemas
    {
        public ValueTask<SchemaDocument> FindAsync(WriterSchemaId writer, CancellationToken cancellationToken) => ValueTask.FromResult(schema);

        public ValueTask<bool> IsVersionAsync(SchemaDocument schema, string subject, int version, CancellationToken cancellationToken) => ValueTask.FromResult(true);
    }
}
