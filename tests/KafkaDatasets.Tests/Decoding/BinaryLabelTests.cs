using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using KafkaDatasets.Tests.Fetching;
using Microsoft.ML;
using Xunit;
using static KafkaDatasets.Tests.Formats.Avro.AvroBytes;

namespace KafkaDatasets.Tests.Decoding;

/// <summary>Binary labels that are texts, enums or integers, by the value that is positive; and enums as text.</summary>
public sealed class BinaryLabelTests
{
    private const string Enum = """{"type":"enum","name":"E","symbols":["no","yes","maybe"]}""";

    private static readonly string AvroSchema = Record($$$"""{"name":"text","type":["null","string"]},{"name":"e","type":{{{Enum}}}},{"name":"many","type":{"type":"array","items":"E"}},{"name":"i","type":"int"},{"name":"x","type":"float"}""");

    public static TheoryData<string, bool[]> Csv => new()
    {
        { "true,false,true", [true, false, true] },
        { "false,other,True", [false, false, false] },
        { "\"true\",x,y", [true, false, false] },
    };

    [Theory]
    [MemberData(nameof(Csv))]
    public async Task A_text_is_positive_where_it_is_the_value(string values, bool[] expected)
    {
        foreach (RecordFormat format in (RecordFormat[])[RecordFormat.Csv([new("failed", ColumnType.Text)]), RecordFormat.Json([new("failed", ColumnType.Text)])])
        {
            byte[][] records = [.. values.Split(',').Select(v => Encoding.UTF8.GetBytes(format.ToString() == "JSON" ? $$"""{"failed":"{{v.Trim('"')}}"}""" : v))];
            await using KafkaDataset dataset = await OpenAsync(format, LabelColumn.Binary("failed", positive: "true"), false, records);
            Assert.Equal(expected, dataset.ToDataView(new MLContext()).Read("Label").Select(r => (bool)r[0]));
            await foreach (TensorBatch batch in dataset.ReadBatchesAsync(cancellationToken: TestContext.Current.CancellationToken))
            {
                using (batch)
                {
                    Assert.Equal(expected.Select(e => e ? 1f : 0f), Enumerable.Range(0, batch.Rows).Select(i => batch.Labels[i]));
                }
            }
        }
    }

    [Theory]
    [InlineData("maybe", "neither of its two values")]
    [InlineData("Yes", "neither of its two values")]
    [InlineData("", "missing")]
    public async Task With_a_negative_value_any_third_one_makes_the_record_bad(string value, string part)
    {
        RecordFormat format = RecordFormat.Csv([new("failed", ColumnType.Text), new("x", ColumnType.Single)]);
        await using KafkaDataset dataset = await OpenAsync(format, LabelColumn.Binary("failed", "yes", "no"), false, "yes,1"u8.ToArray(), "no,2"u8.ToArray(), Encoding.UTF8.GetBytes($"{value},3"));
        RecordDecodingException e = Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("Label"));
        Assert.Equal((2L, "failed"), (e.Offset, e.Field));
        Assert.Contains(part, e.Message);
    }

    [Fact]
    public async Task A_missing_text_is_a_bad_record()
    {
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Json("""{"type":"object","properties":{"failed":{"type":"string"}}}"""), LabelColumn.Binary("failed", "yes"), false, """{"failed":null}"""u8.ToArray());
        Assert.Contains("missing", Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("Label")).Message);
    }

    [Fact]
    public async Task Enums_and_integers_have_positive_values_too()
    {
        byte[][] records = [Avro("yes", 1, 2), Avro("no", 0, 3), Avro("maybe", 2, 2)];
        await using KafkaDataset byEnum = await OpenAsync(RecordFormat.Avro(AvroSchema), LabelColumn.Binary("e", "yes"), false, records);
        Assert.Equal([[true, 2u], [false, 1u], [false, 3u]], byEnum.ToDataView(new MLContext()).Read("Label", "e"));
        await using KafkaDataset byInteger = await OpenAsync(RecordFormat.Avro(AvroSchema), LabelColumn.Binary("i", "2", "3"), false, records);
        Assert.Equal([[true], [false], [true]], byInteger.ToDataView(new MLContext()).Read("Label"));
        await using KafkaDataset byText = await OpenAsync(RecordFormat.Avro(AvroSchema), LabelColumn.Binary("text", "t1"), false, records);
        Assert.Equal([[true], [false], [false]], byText.ToDataView(new MLContext()).Read("Label"));
        await using KafkaDataset ofText = await OpenAsync(RecordFormat.Avro(AvroSchema), LabelColumn.Binary("e", "maybe"), true, records);
        Assert.Equal([[false, "yes"], [false, "no"], [true, "maybe"]], ofText.ToDataView(new MLContext()).Read("Label", "e"));
    }

    [Fact]
    public async Task What_cannot_be_such_a_label_names_the_cure()
    {
        Assert.Contains("LabelColumn.Binary(\"text\", positive: \"true\")", await FaultAsync(LabelColumn.Binary("text")));
        Assert.Contains("LabelColumn.Binary(\"e\", positive: \"no\")", await FaultAsync(LabelColumn.Binary("e")));
        Assert.Contains("'YES' is not a value of 'e', which has 'no', 'yes', 'maybe'", await FaultAsync(LabelColumn.Binary("e", "YES")));
        Assert.Contains("leave out the positive value", await FaultAsync(LabelColumn.Binary("x", "1")));
        Assert.Throws<ArgumentException>(() => LabelColumn.Binary("x", ""));
        Assert.Throws<ArgumentOutOfRangeException>(() => LabelColumn.Binary("x", "a", "a"));

        static async Task<string> FaultAsync(LabelColumn label) =>
            (await Assert.ThrowsAsync<InvalidOptionsException>(() => OpenAsync(RecordFormat.Avro(AvroSchema), label, false))).Message;
    }

    [Theory]
    [InlineData("int")]
    [InlineData("null")]
    [InlineData("csv")]
    [InlineData("json")]
    [InlineData("protobuf")]
    public async Task The_values_of_an_integer_label_are_its_digits(string kind)
    {
        RecordFormat format = IntegerFormat(kind);
        foreach (string wrong in (string[])["yes", "true", "1.0", "01", "+1", "-0", " 1", "2147483648"])
        {
            string fault = await FaultAsync(LabelColumn.Binary("y", positive: wrong));
            Assert.Contains($"Label: '{wrong}' is not a value of 'y', an integer of type Int32: write the decimal digits of a number from -2147483648 to 2147483647", fault);
        }

        Assert.Contains("'no' is not a value", await FaultAsync(LabelColumn.Binary("y", "1", "no")));
        Assert.Contains("'yes', 'no' are not values", await FaultAsync(LabelColumn.Binary("y", "yes", "no")));
        Assert.Contains("'a', 'b' are not values", await FaultAsync(LabelColumn.Category("y", ["a", "b"])));
        Assert.Contains("'1.0', '2.0' are not values", await FaultAsync(LabelColumn.Category("y", ["1.0", "2.0"])));
        Assert.Contains("'01' is not a value", await FaultAsync(LabelColumn.Category("y", ["01", "2"])));
        foreach (LabelColumn right in (LabelColumn[])[LabelColumn.Binary("y", "1", "-2147483648"), LabelColumn.Category("y", ["0", "-1", "2147483647"])])
        {
            await using KafkaDataset dataset = await OpenAsync(format, right, false);
            Assert.Equal("y", dataset.Roles.LabelField!.Name);
        }

        async Task<string> FaultAsync(LabelColumn label) =>
            Assert.Single((await Assert.ThrowsAsync<InvalidOptionsException>(() => OpenAsync(format, label, false))).Faults);
    }

    [Theory]
    [InlineData("0", "18446744073709551615", null)]
    [InlineData("18446744073709551616", "-1", "'18446744073709551616', '-1' are not values")]
    public async Task Unsigned_integers_have_their_own_range(string positive, string negative, string? expected)
    {
        RecordFormat format = RecordFormat.Csv([new("y", ColumnType.UInt64)]);
        Exception? e = await Xunit.Record.ExceptionAsync(async () => await (await OpenAsync(format, LabelColumn.Binary("y", positive, negative), false)).DisposeAsync());
        Assert.Equal(expected is null, e is null);
        Assert.Contains(expected ?? "", (e as InvalidOptionsException)?.Message ?? "");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_floating_point_number_has_no_positive_value_and_no_categories(bool isNullable)
    {
        string type = isNullable ? """["null","double"]""" : "\"double\"";
        string required = isNullable ? "" : ",\"required\":[\"y\"]";
        foreach (RecordFormat format in (RecordFormat[])[
            RecordFormat.Avro(Record($$"""{"name":"y","type":{{type}}}""")),
            RecordFormat.Json($$$"""{"type":"object","properties":{"y":{"type":"number"}}{{{required}}}}"""),
            RecordFormat.Csv([new("y", ColumnType.Double, isNullable)])])
        {
            InvalidOptionsException binary = await Assert.ThrowsAsync<InvalidOptionsException>(() => OpenAsync(format, LabelColumn.Binary("y", "1"), false));
            Assert.Contains("'y' is of type Double; Binary(y) with a positive value needs a text, an enum or an integer: leave out the positive value", Assert.Single(binary.Faults));
            InvalidOptionsException category = await Assert.ThrowsAsync<InvalidOptionsException>(() => OpenAsync(format, LabelColumn.Category("y", ["0", "1"]), false));
            Assert.Contains("'y' is of type Double; Category(y) needs an enum, a text or an integer", Assert.Single(category.Faults));
        }
    }

    [Theory]
    [InlineData(null, "Category(y) has a category that is null")]
    [InlineData("a", "Category(y) has a category twice")]
    public async Task Categories_that_are_null_or_given_twice_are_faults(string? second, string fault)
    {
        InvalidOptionsException e = await Assert.ThrowsAsync<InvalidOptionsException>(() => OpenAsync(RecordFormat.Avro(Record("""{"name":"y","type":"string"}""")), LabelColumn.Category("y", ["a", second!]), false));
        Assert.Contains(fault, Assert.Single(e.Faults));
    }

    [Fact]
    public async Task A_feature_that_is_no_number_names_the_cure()
    {
        var e = await Assert.ThrowsAsync<InvalidOptionsException>(() => new FakeEngine(FakePartition.Of(0, Array.Empty<byte[]>())).OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = RecordFormat.Avro(AvroSchema), Features = ["e"] }));
        Assert.Contains("OneHotEncoding(\"e\")", e.Message);
    }

    [Fact]
    public async Task Enums_may_be_read_as_text()
    {
        await using KafkaDataset avro = await OpenAsync(RecordFormat.Avro(AvroSchema), null, true, Avro("yes", 1, 2), Avro("maybe", 2, 2));
        Assert.Equal([("text", ColumnType.Text), ("e", ColumnType.Text), ("many", ColumnType.Text), ("i", ColumnType.Int32), ("x", ColumnType.Single)], avro.Schema.Columns.Select(c => (c.Name, c.Type)));
        Assert.Equal([["yes", new[] { "no", "yes" }], ["maybe", new[] { "no", "maybe" }]], avro.ToDataView(new MLContext()).Read("e", "many"));
        await using KafkaDataset categories = await OpenAsync(RecordFormat.Avro(AvroSchema), LabelColumn.Category("e"), true, Avro("yes", 1, 2), Avro("maybe", 2, 2));
        Assert.Equal([[2u], [3u]], categories.ToDataView(new MLContext()).Read("Label"));

        await using KafkaDataset json = await OpenAsync(RecordFormat.Json("""{"type":"object","properties":{"e":{"enum":["a","b",null]}}}"""), null, true, """{"e":"b"}"""u8.ToArray(), """{"e":null}"""u8.ToArray());
        Assert.Equal([["b"], [""]], json.ToDataView(new MLContext()).Read("e"));

        var set = new FileDescriptorSet { File = { new FileDescriptorProto { Name = "e.proto", Syntax = "proto3", EnumType = { new EnumDescriptorProto { Name = "E", Value = { new EnumValueDescriptorProto { Name = "ZERO", Number = 0 }, new EnumValueDescriptorProto { Name = "ONE", Number = 1 } } } }, MessageType = { new DescriptorProto { Name = "M", Field = { new FieldDescriptorProto { Name = "e", Number = 1, Type = FieldDescriptorProto.Types.Type.Enum, TypeName = ".E", Label = FieldDescriptorProto.Types.Label.Optional } } } } } } };
        await using KafkaDataset protobuf = await OpenAsync(RecordFormat.Protobuf(set.ToByteArray(), "M"), null, true, [8, 1], [8, 0], [], [8, 7]);
        Assert.Equal([["ONE"], ["ZERO"], ["ZERO"], [""]], protobuf.ToDataView(new MLContext()).Read("e"));
    }

    private static RecordFormat IntegerFormat(string kind)
    {
        switch (kind)
        {
            case "int":
                return RecordFormat.Avro(Record("""{"name":"y","type":"int"}"""));
            case "null":
                return RecordFormat.Avro(Record("""{"name":"y","type":["null","int"]}"""));
            case "csv":
                return RecordFormat.Csv([new("y", ColumnType.Int32)]);
            case "json":
                return RecordFormat.Json("""{"type":"object","properties":{"y":{"type":"integer","format":"int32"}}}""");
            default:
                var field = new FieldDescriptorProto { Name = "y", Number = 1, Type = FieldDescriptorProto.Types.Type.Int32, Label = FieldDescriptorProto.Types.Label.Optional, Proto3Optional = true, OneofIndex = 0 };
                var message = new DescriptorProto { Name = "M", Field = { field }, OneofDecl = { new OneofDescriptorProto { Name = "_y" } } };
                return RecordFormat.Protobuf(new FileDescriptorSet { File = { new FileDescriptorProto { Name = "m.proto", Syntax = "proto3", MessageType = { message } } } }.ToByteArray(), "M");
        }
    }

    private static byte[] Avro(string symbol, int index, int i) => Encode(e =>
    {
        e.WriteUnionIndex(1);
        e.WriteString($"t{index}");
        e.WriteEnum(index);
        e.WriteArrayStart();
        e.SetItemCount(2);
        e.WriteEnum(0);
        e.WriteEnum(index);
        e.WriteArrayEnd();
        e.WriteInt(i);
        e.WriteFloat(symbol.Length);
    });

    private static Task<KafkaDataset> OpenAsync(RecordFormat format, LabelColumn? label, bool enumsAsText, params byte[][] values) =>
        new FakeEngine(FakePartition.Of(0, values)).OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = format, Label = label, EnumsAsText = enumsAsText });
}
