using System.Text;
using Confluent.SchemaRegistry;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Schemas;
using Microsoft.ML;
using Xunit;
using static KafkaDatasets.Tests.Formats.Avro.AvroBytes;

namespace KafkaDatasets.Tests.Decoding;

/// <summary>Records whose nested record is of another type than the dataset's in the same place: a temperature in °F is none in °C.</summary>
public sealed class NestedTypesTests
{
    private readonly MemoryRegistry _registry = MemoryRegistry.Create();

    private static string Inner(string name, string more = "") => $$$"""{"type":"record","name":"{{{name}}}"{{{more}}},"fields":[{"name":"v","type":"int"}]}""";

    /// <summary>The place of the nested record, and the bytes around its one field.</summary>
    public static TheoryData<string, byte[], byte[]> AvroPlaces => new()
    {
        { "INNER", [], [] },
        { """["null",INNER]""", [2], [] },
        { """[INNER,"null"]""", [0], [] },
        { """["null",INNER,"string"]""", [2], [] },
        { """{"type":"array","items":INNER}""", [2], [0] },
        { """{"type":"array","items":["null",INNER]}""", [2, 2], [0] },
        { """{"type":"map","values":INNER}""", [2, 2, (byte)'k'], [0] },
    };

    [Theory]
    [MemberData(nameof(AvroPlaces))]
    public async Task A_nested_Avro_record_of_another_name_is_a_bad_record(string place, byte[] before, byte[] after)
    {
        int celsius = _registry.Add("c", Outer(Inner("Celsius")));
        int fahrenheit = _registry.Add("f", Outer(Inner("Fahrenheit")));
        FakeRecord[] records = [new(0, Framed(celsius, Value(1))), new(1, Framed(fahrenheit, Value(2))), new(2, Framed(celsius, Value(3)))];
        string[] keys = place.Contains("map", StringComparison.Ordinal) ? ["r.k.v"] : [];
        await using KafkaDataset dataset = await OpenAsync("c", BadRecordPolicy.Skip, keys, records);
        string column = dataset.Schema.Columns.Single(c => c.Name.StartsWith("r.", StringComparison.Ordinal) && c.Name.EndsWith('v')).Name;
        Assert.Equal([0L, 2L], Offsets(dataset, column));
        await using KafkaDataset throwing = await OpenAsync("c", BadRecordPolicy.Throw, keys, records);
        RecordDecodingException e = Assert.Throws<RecordDecodingException>(() => Offsets(throwing, column));
        Assert.Contains("record Fahrenheit", e.Message);
        Assert.Equal([0L, 1L, 2L], Offsets(throwing, "x")); // where nobody reads it, nobody judges it

        string Outer(string inner) => Record($$"""{"name":"x","type":"int"},{"name":"r","type":{{place.Replace("INNER", inner, StringComparison.Ordinal)}}}""");

        byte[] Value(int v) => [8, .. before, (byte)(2 * v), .. after];
    }

    [Theory]
    [InlineData("Celsius", ",\"namespace\":\"here\"", "Celsius", ",\"namespace\":\"elsewhere\"")]
    [InlineData("Temperature", "", "Celsius", ",\"aliases\":[\"Temperature\"]")]
    [InlineData("Temperature", ",\"namespace\":\"old\"", "Celsius", ",\"aliases\":[\"old.Temperature\"]")]
    [InlineData("ConnectDefault2", ",\"namespace\":\"io.confluent.connect.avro\"", "ConnectDefault3", ",\"namespace\":\"io.confluent.connect.avro\"")]
    public async Task Another_namespace_an_alias_and_a_number_of_Kafka_Connect_are_the_same_type(string written, string writtenMore, string read, string readMore)
    {
        int id = _registry.Add("s", Record($$"""{"name":"r","type":["null",{{Inner(written, writtenMore)}}]}"""));
        _registry.Add("s", Record($$"""{"name":"r","type":["null",{{Inner(read, readMore)}}]}"""));
        await using KafkaDataset dataset = await OpenAsync("s", BadRecordPolicy.Throw, new FakeRecord(0, Framed(id, [2, 14])));
        Assert.Equal([[7.0]], dataset.ToDataView(new MLContext()).Read("r.v"));
    }

    [Fact]
    public async Task A_record_without_the_nested_one_stays()
    {
        int other = _registry.Add("f", Record($$"""{"name":"r","type":["null",{{Inner("Fahrenheit")}}]}"""));
        _registry.Add("c", Record($$"""{"name":"r","type":["null",{{Inner("Celsius")}}]}"""));
        await using KafkaDataset dataset = await OpenAsync("c", BadRecordPolicy.Skip, new FakeRecord(0, Framed(other, [0])), new FakeRecord(1, Framed(other, [2, 2])));
        Assert.Equal([[double.NaN]], dataset.ToDataView(new MLContext()).Read("r.v"));
    }

    [Fact]
    public async Task A_nested_record_of_another_name_in_a_key_is_a_bad_record()
    {
        int celsius = _registry.Add("t-key", Record($$"""{"name":"r","type":{{Inner("Celsius")}}}"""));
        int fahrenheit = _registry.Add("f", Record($$"""{"name":"r","type":{{Inner("Fahrenheit")}}}"""));
        var options = new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = _registry.Client, Format = RecordFormat.Float32(1), KeyFormat = RecordFormat.Registry, OnBadRecord = BadRecordPolicy.Skip };
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, [new FakeRecord(0, new byte[4]) { Key = Framed(celsius, [2]) }, new(1, new byte[4]) { Key = Framed(fahrenheit, [4]) }])).OpenAsync(options);
        Assert.Equal([[1]], dataset.ToDataView(new MLContext()).Read("Key.r.v"));
    }

    [Theory]
    [InlineData("INNER", """{"v":N}""", "r.v")]
    [InlineData("""{"type":"array","items":INNER}""", """[{"v":N}]""", "r.v")]
    [InlineData("""{"oneOf":[{"type":"null"},INNER]}""", """{"v":N}""", "r.v")]
    [InlineData("""{"type":"object","title":"Same","properties":{"in":INNER}}""", """{"in":{"v":N}}""", "r.in.v")]
    [InlineData("""{"$ref":"#/$defs/D"}""", """{"v":N}""", "r.v")]
    [InlineData("""{"description":"d","allOf":[{"$ref":"#/$defs/D"}]}""", """{"v":N}""", "r.v")]
    public async Task A_nested_JSON_object_of_another_title_is_a_bad_record(string place, string value, string column)
    {
        int celsius = _registry.Add("c", Schema("Celsius", place), type: SchemaType.Json);
        int fahrenheit = _registry.Add("f", Schema("Fahrenheit", place), type: SchemaType.Json);
        FakeRecord[] records = [Json(0, celsius, 1), Json(1, fahrenheit, 2), Json(2, celsius, 3), new(3, Framed(fahrenheit, """{"x":1,"r":null}"""u8.ToArray())), new(4, Framed(fahrenheit, """{"x":1}"""u8.ToArray()))];
        await using KafkaDataset dataset = await OpenAsync("c", BadRecordPolicy.Skip, records);
        Assert.Equal([0L, 2L, 3L, 4L], Offsets(dataset, column));
        await using KafkaDataset throwing = await OpenAsync("c", BadRecordPolicy.Throw, records);
        RecordDecodingException e = Assert.Throws<RecordDecodingException>(() => Offsets(throwing, column));
        Assert.Contains("'Fahrenheit', not of the dataset's type 'Celsius'", e.Message);
        Assert.Equal([0L, 1L, 2L, 3L, 4L], Offsets(throwing, "x"));

        FakeRecord Json(long offset, int id, int v) => new(offset, Framed(id, Encoding.UTF8.GetBytes("""{"x":1,"r":VALUE}""".Replace("VALUE", value, StringComparison.Ordinal).Replace("N", $"{v}", StringComparison.Ordinal))));
    }

    private static string Schema(string title, string place = "INNER")
    {
        string inner = """{"type":"object","title":"TITLE","properties":{"v":{"type":"number"}}}""".Replace("TITLE", title, StringComparison.Ordinal);
        return """{"type":"object","title":"E","properties":{"x":{"type":"integer"},"r":PLACE},"$defs":{"D":INNER}}""".Replace("PLACE", place, StringComparison.Ordinal).Replace("INNER", inner, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_subject_may_change_the_titles_within_its_type()
    {
        int old = _registry.Add("t-value", Schema("Celsius"), type: SchemaType.Json);
        int newest = _registry.Add("t-value", Schema("DegreesCelsius"), type: SchemaType.Json);
        FakeRecord[] records = [new(0, Framed(old, """{"r":{"v":1}}"""u8.ToArray())), new(1, Framed(newest, """{"r":{"v":2}}"""u8.ToArray()))];
        await using KafkaDataset dataset = await OpenAsync(null, BadRecordPolicy.Throw, records);
        Assert.Equal([0L, 1L], Offsets(dataset, "r.v"));
    }

    /// <summary>Where the writer has a choice and the dataset one of its types, or the reverse.</summary>
    [Fact]
    public async Task Of_a_choice_within_a_record_the_types_that_are_another_are_bad_records()
    {
        const string other = """{"type":"object","title":"Fahrenheit","properties":{"v":{"type":"number"},"since":{"type":"string"}},"required":["since"]}""";
        int one = _registry.Add("one", Schema("Celsius"), type: SchemaType.Json);
        int choice = _registry.Add("choice", Schema("Celsius", $$"""{"oneOf":[INNER,{{other}}]}"""), type: SchemaType.Json);
        FakeRecord[] records = [new(0, Framed(one, """{"r":{"v":1}}"""u8.ToArray())), new(1, Framed(choice, """{"r":{"v":2}}"""u8.ToArray())), new(2, Framed(choice, """{"r":{"v":3,"since":"x"}}"""u8.ToArray()))];
        await using KafkaDataset single = await OpenAsync("one", BadRecordPolicy.Skip, records);
        Assert.Equal([[1.0], [2.0]], single.ToDataView(new MLContext()).Read("r.v"));
        await using KafkaDataset both = await OpenAsync("choice", BadRecordPolicy.Throw, records);
        Assert.Equal([[1.0, double.NaN], [2.0, double.NaN], [double.NaN, 3.0]], both.ToDataView(new MLContext()).Read("r.Celsius.v", "r.Fahrenheit.v"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_nested_Protobuf_message_of_another_name_is_a_bad_record(bool isRepeated)
    {
        int celsius = _registry.Add("c", Proto("Celsius", "temperatures", isRepeated), type: SchemaType.Protobuf);
        int fahrenheit = _registry.Add("f", Proto("Fahrenheit", "temperatures", isRepeated), type: SchemaType.Protobuf);
        int moved = _registry.Add("m", Proto("Celsius", "other.place", isRepeated), type: SchemaType.Protobuf);
        FakeRecord[] records = [Message(0, celsius), Message(1, fahrenheit), Message(2, moved)];
        await using KafkaDataset dataset = await OpenAsync("c", BadRecordPolicy.Skip, records);
        Assert.Equal([0L, 2L], Offsets(dataset, "r.v"));
        await using KafkaDataset throwing = await OpenAsync("c", BadRecordPolicy.Throw, records);
        Assert.Contains("is of the type temperatures.Fahrenheit, not of the dataset's temperatures.Celsius", Assert.Throws<RecordDecodingException>(() => Offsets(throwing, "r.v")).Message);
        Assert.Equal([0L, 1L, 2L], Offsets(throwing, "x"));

        static FakeRecord Message(long offset, int id) => new(offset, Framed(id, [0, 8, 1, 18, 2, 8, (byte)offset]));
    }

    [Theory]
    [InlineData("Unit", "KILOGRAM", false)]
    [InlineData("CurrencyCode", "EUR", true)]
    [InlineData("Currency", "EURO", true)]
    public async Task A_Protobuf_enum_of_another_name_and_other_values_is_a_bad_record(string name, string value, bool isSame)
    {
        _registry.Add("c", Enum("Currency", "EUR"), type: SchemaType.Protobuf);
        int other = _registry.Add("o", Enum(name, value), type: SchemaType.Protobuf);
        await using KafkaDataset dataset = await OpenAsync("c", BadRecordPolicy.Throw, new FakeRecord(0, Framed(other, [0, 16, 1])));
        if (isSame)
        {
            Assert.Equal([[2u]], dataset.ToDataView(new MLContext()).Read("e"));
        }
        else
        {
            Assert.Equal("e", Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("e")).Field);
        }
    }

    private static string Proto(string message, string package, bool isRepeated)
    {
        DescriptorProto inner = new() { Name = message, Field = { Field("v", 1, FieldDescriptorProto.Types.Type.Int32) } };
        FieldDescriptorProto field = Field("r", 2, FieldDescriptorProto.Types.Type.Message);
        field.TypeName = $".{package}.{message}";
        field.Label = isRepeated ? FieldDescriptorProto.Types.Label.Repeated : FieldDescriptorProto.Types.Label.Optional;
        var file = new FileDescriptorProto { Name = "e.proto", Package = package, Syntax = "proto3" };
        file.MessageType.Add(new DescriptorProto { Name = "E", Field = { Field("x", 1, FieldDescriptorProto.Types.Type.Int32), field } });
        file.MessageType.Add(inner);
        return Rooted(file, package);
    }

    /// <summary>The outer message keeps its full name, wherever the nested one lies.</summary>
    private static string Rooted(FileDescriptorProto file, string package)
    {
        if (package == "temperatures")
        {
            return file.ToByteString().ToBase64();
        }

        DescriptorProto inner = file.MessageType[1];
        file.MessageType.RemoveAt(1);
        file.Package = "temperatures";
        file.MessageType[0].NestedType.Add(inner);
        file.MessageType[0].Field[1].TypeName = $".temperatures.E.{inner.Name}";
        return file.ToByteString().ToBase64();
    }

    private static string Enum(string name, string value)
    {
        var file = new FileDescriptorProto { Name = "e.proto", Package = "p", Syntax = "proto3" };
        file.EnumType.Add(new EnumDescriptorProto { Name = name, Value = { new EnumValueDescriptorProto { Name = "NONE", Number = 0 }, new EnumValueDescriptorProto { Name = value, Number = 1 } } });
        FieldDescriptorProto field = Field("e", 2, FieldDescriptorProto.Types.Type.Enum);
        field.TypeName = $".p.{name}";
        file.MessageType.Add(new DescriptorProto { Name = "E", Field = { field } });
        return file.ToByteString().ToBase64();
    }

    private static FieldDescriptorProto Field(string name, int number, FieldDescriptorProto.Types.Type type) => new() { Name = name, Number = number, Type = type, Label = FieldDescriptorProto.Types.Label.Optional };

    private static long[] Offsets(KafkaDataset dataset, string column) => [.. dataset.ToDataView(new MLContext()).Read("Offset", column).Select(row => (long)row[0])];

    private Task<KafkaDataset> OpenAsync(string? subject, BadRecordPolicy policy, params FakeRecord[] records) => OpenAsync(subject, policy, [], records);

    private Task<KafkaDataset> OpenAsync(string? subject, BadRecordPolicy policy, IReadOnlyList<string> extra, FakeRecord[] records) =>
        new FakeEngine(FakePartition.Of(0, records)).OpenAsync(new KafkaDatasetOptions
        {
            BootstrapServers = "fake:1",
            SchemaRegistry = _registry.Client,
            Format = subject is null ? RecordFormat.Registry : RecordFormat.RegistrySubject(subject),
            ExtraColumns = extra,
            OnBadRecord = policy,
        });
}
