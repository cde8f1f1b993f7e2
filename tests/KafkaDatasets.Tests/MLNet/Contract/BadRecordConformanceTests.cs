using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Formats.Avro;
using Microsoft.ML;
using Xunit;
using RecordSchema = Avro.RecordSchema;

namespace KafkaDatasets.Tests.MLNet.Contract;

/// <summary>Which records are left out does not depend on which columns a cursor wants.</summary>
public sealed class BadRecordConformanceTests
{
    public static TheoryData<string> Labels => ["none", "binary", "regression", "category"];

    [Theory]
    [MemberData(nameof(Labels))]
    public async Task With_bad_records_left_out(string kind)
    {
        RecordSchema schema = AvroBytes.Parse(EventTopic.Schema);
        var random = new Random(11);
        var engine = new FakeEngine([.. Enumerable.Range(0, 2).Select(p => FakePartition.Of(p, Enumerable.Range(0, 800).Select(i => Mutate(EventTopic.Encode(schema, i), random))))]);
        LabelColumn? label = kind switch
        {
            "binary" => LabelColumn.Binary("small"),
            "regression" => LabelColumn.Regression("maybe"),
            "category" => LabelColumn.Category("name", ["", "event 1 ü", "event 2 ü", "event 3 ü"]),
            _ => null,
        };
        await using KafkaDataset dataset = await engine.OpenAsync(EventTopic.Schema, label, onBadRecord: BadRecordPolicy.Skip);
        IDataView view = dataset.ToDataView(new MLContext());
        DataViewConformance.Check(view);
        Assert.True(dataset.SkippedRecords > 0);
    }

    /// <summary>One in three records is cut off, longer, or has a byte changed.</summary>
    private static byte[] Mutate(byte[] value, Random random)
    {
        switch (random.Next(9))
        {
            case 0:
                return value[..random.Next(value.Length)];
            case 1:
                return [.. value, (byte)random.Next(256)];
            case 2:
                byte[] changed = [.. value];
                changed[random.Next(value.Length)] = (byte)random.Next(256);
                return changed;
            default:
                return value;
        }
    }
}
