using BenchmarkDotNet.Attributes;
using KafkaDatasets.Benchmarks.Topics;
using KafkaDatasets.Benchmarks.Topics.Events;
using KafkaDatasets.Decoding;
using KafkaDatasets.Fetching;
using KafkaDatasets.Formats.Avro;
using KafkaDatasets.Formats.Json;
using KafkaDatasets.Formats.Protobuf;
using KafkaDatasets.Formats.Text;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Benchmarks.Micro;

/// <summary>The decoders alone, without a broker: values in memory become the rows of a block. What is measured is the time of one row.</summary>
[MemoryDiagnoser]
public class DecoderBenchmarks
{
    private const int RowCount = 1000;

    private PartPlan _plan = null!;
    private RowBlock _block = null!;
    private RecordChunk _chunk = null!;
    private BulkFrame _frame;

    /// <summary>What is read, and of what.</summary>
    [Params("susy framed, 19 floats", "avro event, 10 features", "avro event, features and texts", "avro 200 nullable numbers", "protobuf event, 10 features", "protobuf event, features and texts", "json event, 10 features", "json event, features and texts", "csv 10 features")]
    public string Case { get; set; } = "";

    /// <summary>Whether the plan is compiled to machine code, or run step by step.</summary>
    [Params(true, false)]
    public bool Compiled { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        string name = Case[..Case.IndexOf(' ')];
        EventShape shape = Case.Contains("200", StringComparison.Ordinal) ? EventShapes.Wide : EventShapes.Payment;
        IRecordFormat format = name switch
        {
            "susy" => new AvroRecordFormat(SchemaDocument.OfOptions(Confluent.SchemaRegistry.SchemaType.Avro, RecordShape.Susy.Schema), WantedColumns.None),
            "avro" => new AvroRecordFormat(SchemaDocument.OfOptions(Confluent.SchemaRegistry.SchemaType.Avro, shape.AvroSchema), WantedColumns.None),
            "protobuf" => new ProtobufRecordFormat(Topics.Events.Wire.Payment.Descriptor, "the options", WantedColumns.None),
            "json" => new JsonRecordFormat(SchemaDocument.OfOptions(Confluent.SchemaRegistry.SchemaType.Json, shape.JsonSchema), WantedColumns.None),
            "csv" => new CsvRecordFormat([.. shape.Features.Select(f => new DatasetColumn(f, ColumnType.Single, IsNullable: true))], []),
            _ => throw new System.Diagnostics.UnreachableException(name),
        };
        Func<int, byte[]> value = name switch
        {
            "susy" => MicroEvents.Susy,
            "avro" => shape.Avro,
            "protobuf" => shape.Protobuf,
            "json" => shape.Json,
            "csv" => MicroEvents.Csv,
            _ => throw new System.Diagnostics.UnreachableException(name),
        };
        DatasetColumn[] features = [.. format.Schema.Columns.Where(c => name == "susy" ? c.Name != MicroEvents.SusyLabel : shape.Features.Contains(c.Name))];
        BlockColumn[] layout =
        [
            .. format.Schema.Columns.Where(c => name == "susy" && c.Name == MicroEvents.SusyLabel).Select(c => new BlockColumn(ColumnType.Single, [c], LabelKind.Binary)),
            new BlockColumn(ColumnType.Single, features),
            .. Case.EndsWith("texts", StringComparison.Ordinal) ? format.Schema.Columns.Where(c => c.Type == ColumnType.Text).Select(c => new BlockColumn(c)) : [],
        ];
        CompiledPlan.Interpret.Value = !Compiled;
        _plan = format.Compile(null, new PartLayout(DataPart.Value, layout));
        CompiledPlan.Interpret.Value = false;
        _block = new RowBlock(layout);
        _block.EnsureRows(RowCount);
        _frame = name == "susy" ? BulkFrame.OfId(DataPart.Value, MicroEvents.SusyId) : BulkFrame.None;
        _chunk = MicroEvents.Chunk(Enumerable.Range(0, RowCount).Select(value));
    }

    [Benchmark(OperationsPerInvoke = RowCount)]
    public int Decode()
    {
        _block.Clear();
        int next = _plan.Bulk?.Decode(_chunk, 0, RowCount, _block, _frame) ?? 0;
        for (; next < RowCount; next++)
        {
            ref readonly RecordEntry entry = ref _chunk.Entries[next];
            string? field = null;
            _plan.Decode(_chunk.Value(entry)[_frame.Bytes..], _block, ref field);
            _block.CompleteRow(0, next, 0);
        }

        return _block.Rows;
    }
}
