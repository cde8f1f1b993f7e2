using Avro.IO;
using KafkaDatasets.Tests.Fetching;
using Microsoft.ML;
using Xunit;
using static KafkaDatasets.Tests.Formats.Avro.AvroBytes;

namespace KafkaDatasets.Tests.Formats.Avro;

/// <summary>Types without columns, in the encodings that Apache.Avro's writer does not use.</summary>
public sealed class AvroSkippingTests
{
    private const string Tail = """{"name":"tail","type":"int"}""";

    [Fact]
    public async Task Blocks_may_give_their_size_in_bytes()
    {
        string schema = Record($$$"""{"name":"v","type":{"type":"array","items":"string"}},{"name":"m","type":{"type":"map","values":"long"}},{{{Tail}}}""");
        byte[] value = Encode(e =>
        {
            e.WriteLong(-2); // two items, in this many bytes
            e.WriteLong(5);
            e.WriteString("a");
            e.WriteString("bc");
            e.WriteLong(1); // one more, without
            e.WriteString("d");
            e.WriteLong(0);
            e.WriteLong(-1);
            e.WriteLong(3);
            e.WriteString("k");
            e.WriteLong(1);
            e.WriteLong(0);
            e.WriteInt(42);
        });
        Assert.Equal([[new[] { "a", "bc", "d" }, 42]], await ReadAsync(schema, value));
        value[1]++; // a size that is not the items'
        Assert.Equal("v", (await Assert.ThrowsAsync<RecordDecodingException>(() => ReadAsync(schema, value))).Field);
    }

    [Theory]
    [InlineData("\"null\"")]
    [InlineData("""{"type":"record","name":"Empty","fields":[]}""")]
    [InlineData("""{"type":"record","name":"Nulls","fields":[{"name":"n","type":"null"},{"name":"e","type":{"type":"record","name":"Empty","fields":[]}}]}""")]
    public async Task Items_of_no_bytes_cost_no_time(string items)
    {
        string schema = Record($$$"""{"name":"v","type":{"type":"array","items":{{{items}}}}},{{{Tail}}}""");
        byte[] value = Encode(e =>
        {
            e.WriteLong(long.MaxValue);
            e.WriteLong(-long.MaxValue);
            e.WriteLong(0);
            e.WriteLong(0);
            e.WriteInt(42);
        });
        Assert.Equal([[42]], await ReadAsync(schema, value).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Blocks_that_lie_are_bad_records()
    {
        string schema = Record($$$"""{"name":"v","type":{"type":"array","items":"int"}},{{{Tail}}}""");
        Action<BinaryEncoder>[] lies =
        [
            e => e.WriteLong(long.MaxValue),
            e => e.WriteLong(long.MinValue),
            e => { e.WriteLong(long.MinValue); e.WriteLong(0); e.WriteLong(0); e.WriteInt(1); },
            e => { e.WriteLong(-1); e.WriteLong(-1); e.WriteLong(0); e.WriteInt(1); },
            e => { e.WriteLong(-1); e.WriteLong(1L << 40); e.WriteLong(0); e.WriteInt(1); },
            e => { e.WriteLong(1L << 50); e.WriteInt(1); },
        ];
        foreach (Action<BinaryEncoder> lie in lies)
        {
            RecordDecodingException e = await Assert.ThrowsAsync<RecordDecodingException>(() => ReadAsync(schema, Encode(lie)));
            Assert.Equal("v", e.Field);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(200_000)]
    public async Task A_linked_list_is_passed_over(int length)
    {
        (string schema, byte[] value) = List(length);
        Assert.Equal([[-1, 42]], await ReadAsync(schema, value));
    }

    [Fact]
    public async Task A_list_that_is_cut_off_is_a_bad_record()
    {
        (string schema, byte[] value) = List(200_000);
        await Assert.ThrowsAsync<RecordDecodingException>(() => ReadAsync(schema, value[..^1]));
    }

    /// <summary>Records that hold themselves without a byte between would be skipped for ever.</summary>
    [Fact]
    public async Task A_record_without_end_is_a_bad_record()
    {
        string schema = Record($$$"""{"name":"endless","type":{"type":"record","name":"E","fields":[{"name":"e","type":"E"}]}},{{{Tail}}}""");
        RecordDecodingException e = await Assert.ThrowsAsync<RecordDecodingException>(() => ReadAsync(schema, [84]));
        Assert.Contains("without end", e.Message);
    }

    /// <summary>A tree as deep as a list is long, through arrays and unions.</summary>
    [Fact]
    public async Task A_deep_tree_is_passed_over()
    {
        const int depth = 50_000;
        string schema = Record($$$"""{"name":"root","type":{"type":"record","name":"Tree","fields":[{"name":"v","type":"int"},{"name":"kids","type":{"type":"array","items":["null","Tree"]}}]}},{{{Tail}}}""");
        byte[] value = Encode(e =>
        {
            for (int i = 0; i < depth; i++)
            {
                e.WriteInt(i);
                e.WriteLong(2);
                e.WriteLong(0);
                e.WriteLong(1);
            }

            e.WriteInt(depth);
            e.WriteLong(0);
            for (int i = 0; i < depth; i++)
            {
                e.WriteLong(0);
            }

            e.WriteInt(42);
        });
        Assert.Equal([[0, 42]], await ReadAsync(schema, value));
    }

    [Fact]
    public async Task Trees_within_arrays_and_maps_are_passed_over()
    {
        string schema = Record($$$"""{"name":"root","type":{"type":"record","name":"Tree","fields":[{"name":"v","type":"int"},{"name":"kids","type":{"type":"array","items":"Tree"}},{"name":"named","type":{"type":"map","values":["null","Tree"]}}]}},{{{Tail}}}""");
        byte[] value = Encode(e =>
        {
            Tree(e, 3);
            e.WriteInt(42);
        });
        Assert.Equal([[3, 42]], await ReadAsync(schema, value));

        static void Tree(BinaryEncoder e, int depth)
        {
            e.WriteInt(depth);
            for (int i = 0; i < depth; i++)
            {
                e.WriteLong(1);
                Tree(e, depth - 1);
            }

            e.WriteLong(0);
            e.WriteLong(2);
            e.WriteString("none");
            e.WriteLong(0);
            e.WriteString("some");
            e.WriteLong(depth > 0 ? 1 : 0);
            if (depth > 0)
            {
                Tree(e, depth - 1);
            }

            e.WriteLong(0);
        }
    }

    [Fact]
    public async Task Two_records_that_hold_each_other_have_columns_as_far_as_they_are_new()
    {
        string schema = Record($$$"""{"name":"a","type":{"type":"record","name":"A","fields":[{"name":"x","type":"int"},{"name":"b","type":["null",{"type":"record","name":"B","fields":[{"name":"y","type":"int"},{"name":"a","type":["null","A"]}]}]}]}},{{{Tail}}}""");
        byte[] value = Encode(e =>
        {
            e.WriteInt(1);
            e.WriteLong(1);
            e.WriteInt(2);
            e.WriteLong(1);
            e.WriteInt(3);
            e.WriteLong(1);
            e.WriteInt(4);
            e.WriteLong(0);
            e.WriteInt(42);
        });
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, [value])).OpenAsync(schema);
        Assert.Equal(["a.x", "a.b.y", "tail"], dataset.Schema.Columns.Select(c => c.Name));
        Assert.Equal(["a.b.a"], dataset.Schema.Unreadable.Keys);
        Assert.Equal([[1, 2.0, 42]], await ReadAsync(schema, value));
    }

    [Fact]
    public async Task A_boolean_that_is_neither_0_nor_1_is_bad_where_it_is_read()
    {
        string schema = Record($$"""{"name":"x","type":"float"},{"name":"b","type":"boolean"},{"name":"y","type":"float"}""");
        byte[] value = new byte[9];
        value[4] = 2;
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, [value])).OpenAsync(schema, features: ["x", "y"]);
        IDataView view = dataset.ToDataView(new MLContext());
        Assert.Equal("b", Assert.Throws<RecordDecodingException>(() => view.Read("b")).Field);
        Assert.Equal("b", Assert.Throws<RecordDecodingException>(() => view.Read("x", "b")).Field);
        Assert.Equal([[0f, new[] { 0f, 0f }]], view.Read("x", "Features"));
    }

    private static (string Schema, byte[] Value) List(int length) => (
        Record($$"""{"name":"v","type":"int"},{"name":"next","type":["null","Row"]},{{Tail}}"""),
        Encode(e =>
        {
            for (int i = 0; i <= length; i++)
            {
                e.WriteInt(i == 0 ? -1 : i);
                e.WriteLong(i < length ? 1 : 0);
            }

            for (int i = length; i >= 0; i--)
            {
                e.WriteInt(i == 0 ? 42 : i);
            }
        }));

    private static async Task<List<object[]>> ReadAsync(string schema, byte[] value)
    {
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, [value])).OpenAsync(schema);
        return dataset.ToDataView(new MLContext()).Read([.. dataset.Schema.Columns.Select(c => c.Name)]);
    }
}
