using Confluent.SchemaRegistry;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Kafkadatasets.Tests;
using KafkaDatasets.Formats.Protobuf;
using KafkaDatasets.Schemas;
using KafkaDatasets.Tests.Fetching;
using KafkaDatasets.Tests.Schemas;
using Microsoft.ML;
using Xunit;
using FileOptions = Google.Protobuf.Reflection.FileOptions;

namespace KafkaDatasets.Tests.Formats.Protobuf;

/// <summary>What Google's own classes write, the dataset holds.</summary>
public sealed class ProtobufValuesTests
{
    private const string Text = """
        syntax = "proto3";
        package shop;
        import "money.proto";
        message First { int32 n = 1; }
        message Order {
          message Line { string item = 1; sint64 count = 2; }
          uint64 id = 1;
          money.Amount total = 2;
          repeated Line lines = 3;
          oneof paid { bool cash = 4; string card = 5; Line voucher = 6; }
        }
        """;

    private const string Money = """
        syntax = "proto3";
        package money;
        message Amount { double value = 1; Currency currency = 2; }
        enum Currency { NONE = 0; EUR = 978; }
        """;

    [Fact]
    public async Task A_message_is_read_as_it_was_built()
    {
        var full = new Everything
        {
            Flag = true,
            Tiny = -1,
            Int = int.MinValue,
            UInt = uint.MaxValue,
            Long = long.MinValue,
            ULong = ulong.MaxValue,
            Single = 0.1f,
            Double = 0.1,
            Text = "größe",
            Blob = ByteString.CopyFrom(1, 2, 255),
            Span = new Duration { Seconds = -5, Nanos = -500 },
            At = Timestamp.FromDateTimeOffset(new DateTimeOffset(1969, 12, 31, 23, 59, 59, 500, TimeSpan.Zero)),
            Shade = Shade.VeryDark,
            MaybeInt = 0,
            MaybeText = "",
            MaybeShade = Shade.Light,
            Floats = { 1, float.NaN },
            Longs = { -1, long.MaxValue },
            Words = { "a", "" },
            Weights = { ["k"] = 1 },
            Nested = new Inner { X = 2, Tags = { "t" } },
            Many = { new Inner { X = 3 }, new Inner() },
        };
        string[] columns = ["Flag", "Tiny", "Int", "UInt", "Long", "ULong", "Single", "Double", "Text", "Blob", "Span", "At", "Shade", "MaybeInt", "MaybeText", "MaybeShade", "MaybeAt", "Floats", "Longs", "Words", "Nested.X", "Nested.Tags", "MaybeNested.X", "Many.X"];
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Protobuf(Everything.Descriptor), full.ToByteArray(), []);
        Assert.Equal(
            [
                [
                    true, -1, int.MinValue, uint.MaxValue, long.MinValue, ulong.MaxValue, 0.1f, 0.1, "größe", new byte[] { 1, 2, 255 }, new TimeSpan(-50_000_005), new DateTimeOffset(1969, 12, 31, 23, 59, 59, 500, TimeSpan.Zero),
                    2u, 0.0, "", 1u, DateTimeOffset.MinValue, new[] { 1f, float.NaN }, new[] { -1L, long.MaxValue }, new[] { "a", "" }, 2f, new[] { "t" }, float.NaN, new[] { 3f, 0f },
                ],
                [
                    false, 0, 0, 0u, 0L, 0ul, 0f, 0.0, "", Array.Empty<byte>(), TimeSpan.MinValue, DateTimeOffset.MinValue,
                    1u, double.NaN, "", 0u, DateTimeOffset.MinValue, Array.Empty<float>(), Array.Empty<long>(), Array.Empty<string>(), float.NaN, Array.Empty<string>(), float.NaN, Array.Empty<float>(),
                ],
            ],
            dataset.ToDataView(new MLContext()).Read(columns));
        Assert.Contains("map", dataset.Schema.Unreadable["Weights"]);
    }

    [Fact]
    public async Task The_registrys_text_schema_has_imports_and_several_messages()
    {
        var registry = MemoryRegistry.Create();
        registry.Add("money", Money, type: SchemaType.Protobuf);
        int id = registry.Add("t-value", Text, type: SchemaType.Protobuf, references: new SchemaReference("money.proto", "money", 1));
        byte[] framing = [0, 0, 0, (byte)(id >> 8), (byte)id, 2, 2];
        byte[] order =
        [
            8, 5, // id
            0x12, 9, 9, .. BitConverter.GetBytes(1.5), // total.value
            0x1a, 5, 10, 1, (byte)'a', 16, 5, // a line: count −3
            0x20, 1, // cash
            0x12, 3, 16, 0xd2, 7, // total.currency: merged with what was there
            0x1a, 0, // a line of nothing
            0x2a, 1, (byte)'c', // card, which takes the place of cash
            0x32, 0, 0x2a, 1, (byte)'d', // a voucher, and then another card
            8, 6, // another id
            0xa3, 6, 8, 1, 0xa4, 6, // a group that no one knows
        ];
        await using KafkaDataset dataset = await OpenAsync(registry.Client, [.. framing, .. order], [.. framing, 0x22, 0]);
        string[] columns = ["id", "total.value", "total.currency", "lines.item", "lines.count", "cash", "card", "voucher.item", "voucher.count"];
        Assert.Equal(columns, dataset.Schema.Columns.Select(c => c.Name));
        Assert.Equal("shop.Order", dataset.Schema.Name);
        Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read(columns)); // the second has field 4 as a text
        await using KafkaDataset good = await OpenAsync(registry.Client, [.. framing, .. order]);
        Assert.Equal([[6ul, 1.5, 2u, new[] { "a", "" }, new[] { -3L, 0L }, float.NaN, "d", "", double.NaN]], good.ToDataView(new MLContext()).Read(columns));
    }

    [Fact]
    public async Task A_message_may_be_chosen_by_its_name()
    {
        var registry = MemoryRegistry.Create();
        registry.Add("money", Money, type: SchemaType.Protobuf);
        int id = registry.Add("t-value", Text, type: SchemaType.Protobuf, references: new SchemaReference("money.proto", "money", 1));
        registry.Add("json", """{"type":"object","properties":{"a":{"type":"string"}}}""", type: SchemaType.Json);
        byte[] line = [0, 0, 0, 0, (byte)id, 4, 2, 0, 0x0a, 1, (byte)'a', 0x10, 5]; // message 1.0
        byte[] first = [0, 0, 0, 0, (byte)id, 0, 8, 1];
        var engine = new FakeEngine(FakePartition.Of(0, [line, first]));
        await using KafkaDataset dataset = await OpenAsync(engine, "t-value", "shop.Order.Line");
        Assert.Empty(engine.Sources);
        Assert.Equal(("shop.Order.Line", "item count"), (dataset.Schema.Name, string.Join(' ', dataset.Schema.Columns.Select(c => c.Name))));
        RecordDecodingException other = Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("item"));
        Assert.Equal(1, other.Offset);
        Assert.Contains("another message", other.Message);
        await using KafkaDataset alone = await OpenAsync(new FakeEngine(FakePartition.Of(0, [line])), "t-value", "shop.Order.Line");
        Assert.Equal([["a", -3L]], alone.ToDataView(new MLContext()).Read("item", "count"));

        SchemaException none = await Assert.ThrowsAsync<SchemaException>(() => OpenAsync(new FakeEngine(FakePartition.Of(0, [line])), "t-value", "Line"));
        Assert.Contains("no message 'Line'. It has shop.First, shop.Order, shop.Order.Line.", none.Message);
        Assert.Equal(id, none.SchemaId);
        SchemaException json = await Assert.ThrowsAsync<SchemaException>(() => OpenAsync(new FakeEngine(FakePartition.Of(0, [line])), "json", "Line"));
        Assert.Contains("is of type Json", json.Message);

        Task<KafkaDataset> OpenAsync(FakeEngine on, string subject, string message) =>
            on.OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = registry.Client, Format = RecordFormat.RegistrySubject(subject, message: message) });
    }

    [Fact]
    public async Task A_topic_without_a_subject_fetches_its_first_record_once()
    {
        var registry = MemoryRegistry.Create();
        int id = registry.Add("elsewhere", Money, type: SchemaType.Protobuf);
        var engine = new FakeEngine(FakePartition.Of(0, [[0, 0, 0, 0, (byte)id, 0]]));
        await using KafkaDataset dataset = await engine.OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = registry.Client });
        Assert.Equal("money.Amount", dataset.Schema.Name);
        Assert.Single(engine.Sources);
    }

    [Fact]
    public async Task Another_message_and_a_schema_that_does_not_fit_are_named()
    {
        var registry = MemoryRegistry.Create();
        int id = registry.Add("t-value", Money, type: SchemaType.Protobuf);
        int text = registry.Add("other", Money.Replace("double value", "float value"), type: SchemaType.Protobuf);
        int json = registry.Add("json", "{}", type: SchemaType.Json);
        foreach ((byte[] value, string part) in ((byte[], string)[])[([0, 0, 0, 0, (byte)id, 2, 8], "another message"), ([0, 0, 0, 0, (byte)text, 0], "'value'"), ([0, 0, 0, 0, (byte)json, 0], "Json"), ([0, 0, 0, 0, (byte)id], "too early")])
        {
            await using KafkaDataset dataset = await OpenAsync(registry.Client, [0, 0, 0, 0, (byte)id, 0], value);
            RecordDecodingException e = Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read("value"));
            Assert.Equal(1, e.Offset);
            Assert.Contains(part, e.Message);
        }
    }

    /// <summary>Descriptors are messages of proto2, with defaults.</summary>
    [Fact]
    public async Task Defaults_of_proto2_are_kept_and_other_fields_are_missing()
    {
        byte[] set = new FileDescriptorSet { File = { FileDescriptorProto.Descriptor.File.ToProto() } }.ToByteArray();
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Protobuf(set, "google.protobuf.FileOptions"), [], new FileOptions { JavaPackage = "j", OptimizeFor = FileOptions.Types.OptimizeMode.LiteRuntime, CcEnableArenas = false }.ToByteArray());
        Assert.Equal([["", 1u, true], ["j", 3u, false]], dataset.ToDataView(new MLContext()).Read("java_package", "optimize_for", "cc_enable_arenas"));
        Assert.Contains("'x.Y'", (await Assert.ThrowsAsync<SchemaException>(() => OpenAsync(RecordFormat.Protobuf(set, "x.Y")))).Message);
    }

    [Fact]
    public async Task Defaults_of_bytes_are_kept()
    {
        const string text = "syntax = \"proto2\"; message M { optional bytes b = 1 [default = \"a\\377\\000\\n\\x41\\\\\"]; optional bytes none = 2; optional int32 i = 3; }";
        byte[] expected = [(byte)'a', 255, 0, (byte)'\n', (byte)'A', (byte)'\\'];
        var registry = MemoryRegistry.Create();
        int id = registry.Add("t-value", text, type: SchemaType.Protobuf);
        byte[] frame = [0, 0, 0, 0, (byte)id, 0];
        await using KafkaDataset dataset = await OpenAsync(registry.Client, frame, [.. frame, 10, 1, 7, 18, 1, 8], [.. frame, 10, 0, 24, 5]);
        Assert.Equal(
            [[expected, Array.Empty<byte>(), double.NaN], [new byte[] { 7 }, new byte[] { 8 }, double.NaN], [Array.Empty<byte>(), Array.Empty<byte>(), 5.0]],
            dataset.ToDataView(new MLContext()).Read("b", "none", "i"));

        var file = new FileDescriptorProto { Name = "m.proto", Syntax = "proto2", MessageType = { new DescriptorProto { Name = "M", Field = { new FieldDescriptorProto { Name = "b", Number = 1, Type = FieldDescriptorProto.Types.Type.Bytes, DefaultValue = "a\\377\\000\\n\\x41\\\\" } } } } };
        await using KafkaDataset compiled = await OpenAsync(RecordFormat.Protobuf(new FileDescriptorSet { File = { file } }.ToByteArray(), "M"), [[]]);
        Assert.Equal([[expected]], compiled.ToDataView(new MLContext()).Read("b"));
    }

    [Theory]
    [InlineData("double price = 1; double amount = 2;", "double amount = 1; double price = 2;", "amount")] // they change places
    [InlineData("double price = 1; double amount = 2;", "double amount = 1;", "amount")] // one takes the other's number
    [InlineData("In in = 1;", "In in = 1;", "in.x", "message In { int32 y = 1; int32 x = 2; }", "message In { int32 x = 1; int32 y = 2; }")]
    [InlineData("map<string, In> in = 1;", "map<string, In> in = 1;", "in.k.x", "message In { int32 y = 1; int32 x = 2; }", "message In { int32 x = 1; int32 y = 2; }")]
    public async Task A_field_whose_number_was_another_fields_makes_a_bad_record(string writer, string reader, string field, string writerOther = "", string readerOther = "")
    {
        var registry = MemoryRegistry.Create();
        int id = registry.Add("t-value", $$"""syntax = "proto3"; message M { {{writer}} } {{writerOther}}""", type: SchemaType.Protobuf);
        registry.Add("t-value", $$"""syntax = "proto3"; message M { {{reader}} double other = 9; } {{readerOther}}""", type: SchemaType.Protobuf);
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, [[0, 0, 0, 0, (byte)id, 0]])).OpenAsync(new KafkaDatasetOptions
        {
            BootstrapServers = "fake:1",
            SchemaRegistry = registry.Client,
            ExtraColumns = field == "in.k.x" ? [field] : [],
        });
        RecordDecodingException e = Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read(field));
        Assert.Equal(field, e.Field);
        Assert.Contains("its number is 1, which is the writer's", e.Message);
        Assert.Single(dataset.ToDataView(new MLContext()).Read("other"));
    }

    [Theory]
    [InlineData("double cost = 1; double amount = 2;")] // a field may have another name
    [InlineData("double price = 1; double amount = 3;")] // and a new number, as a new field
    public async Task Fields_go_by_their_numbers(string reader)
    {
        var registry = MemoryRegistry.Create();
        int id = registry.Add("t-value", """syntax = "proto3"; message M { double price = 1; double amount = 2; }""", type: SchemaType.Protobuf);
        registry.Add("t-value", $$"""syntax = "proto3"; message M { {{reader}} }""", type: SchemaType.Protobuf);
        await using KafkaDataset dataset = await OpenAsync(registry.Client, [[0, 0, 0, 0, (byte)id, 0, 9, .. BitConverter.GetBytes(5.5)]]);
        Assert.Equal([[5.5, 0.0]], dataset.ToDataView(new MLContext()).Read([.. dataset.Schema.Columns.Select(c => c.Name)]));
    }

    [Fact]
    public async Task A_message_that_moved_to_another_package_is_the_same()
    {
        var registry = MemoryRegistry.Create();
        const string messages = "message Other { int64 x = 1; } message M { message In { int32 i = 1; } double v = 1; In in = 2; }";
        int old = registry.Add("t-value", $"""syntax = "proto3"; package old; {messages}""", type: SchemaType.Protobuf);
        int bare = registry.Add("t-value", $"""syntax = "proto3"; {messages}""", type: SchemaType.Protobuf);
        int now = registry.Add("t-value", $"""syntax = "proto3"; package now.here; {messages}""", type: SchemaType.Protobuf);
        byte[][] values = [.. ((int[])[old, bare, now]).Select((id, i) => (byte[])[0, 0, 0, 0, (byte)id, 2, 2, 9, .. BitConverter.GetBytes(i + 0.5), 18, 2, 8, (byte)i])];
        await using KafkaDataset dataset = await OpenAsync(registry.Client, values);
        Assert.Equal("now.here.M", dataset.Schema.Name);
        Assert.Equal([[0.5, 0.0], [1.5, 1.0], [2.5, 2.0]], dataset.ToDataView(new MLContext()).Read("v", "in.i"));
        await using KafkaDataset others = await new FakeEngine(FakePartition.Of(0, values)).OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = registry.Client, Format = RecordFormat.RegistrySubject("t-value", message: "now.here.Other") });
        Assert.Contains("another message", Assert.Throws<RecordDecodingException>(() => others.ToDataView(new MLContext()).Read("x")).Message);
    }

    /// <summary>Fields of 32 bits may once have been of 64, and some writers encode negative values in 5 bytes.</summary>
    [Theory]
    [InlineData(5ul)]
    [InlineData(0xfffffffdul)]
    [InlineData((1ul << 33) | 5)]
    [InlineData((1ul << 32) | 3)]
    [InlineData(1ul << 40)]
    [InlineData(0x8000_0000ul)]
    [InlineData(0x7fff_ffff_8000_0005ul)]
    [InlineData(ulong.MaxValue)]
    public async Task A_varint_that_is_too_wide_is_truncated_as_Google_does(ulong varint)
    {
        byte[] bytes = Write(o => o.WriteUInt64(varint));
        byte[] nanos = Write(o => o.WriteUInt64((varint << 32) | 500));
        byte[] message =
        [
            .. ((int[])[1, 2, 3, 4, 5, 6]).SelectMany(number => Varint(number, bytes)),
            .. ((int[])[7, 8, 9, 10, 11]).SelectMany(number => (byte[])[.. Delimited(number, [.. bytes, .. bytes]), .. Varint(number, bytes)]),
            .. Delimited(12, [10, 1, (byte)'k', .. Varint(2, bytes)]),
            .. Delimited(13, Varint(1, bytes)),
            .. Delimited(14, Varint(1, bytes)),
            .. Delimited(15, [8, 1, .. Varint(2, nanos)]),
        ];
        var google = Narrow.Parser.ParseFrom(message);
        object[] scalars = [google.I, google.U, google.S, Key(google.E), google.B, (double)google.Maybe, (double)google.Wi!, (double)google.Wu!, google.At.ToDateTimeOffset()];
        object[] others = [google.Is.ToArray(), google.Us.ToArray(), google.Ss.ToArray(), google.Es.Select(Key).ToArray(), google.Bs.ToArray(), (double)google.By["k"]];
        await using KafkaDataset dataset = await new FakeEngine(FakePartition.Of(0, [message])).OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = RecordFormat.Protobuf(Narrow.Descriptor), ExtraColumns = ["by.k"] });
        IDataView view = dataset.ToDataView(new MLContext());
        string[] columns = ["i", "u", "s", "e", "b", "maybe", "wi", "wu", "at"];
        Assert.Equal([scalars], view.Read(columns)); // compiled
        Assert.Equal([[.. scalars, .. others]], view.Read([.. columns, "is", "us", "ss", "es", "bs", "by.k"])); // step by step

        static uint Key(Size size) => size switch { Size.Zero => 1, Size.Big => 2, Size.Below => 3, _ => 0 };

        static byte[] Varint(int number, byte[] value) => [.. Write(o => o.WriteTag(number, WireFormat.WireType.Varint)), .. value];

        static byte[] Delimited(int number, byte[] content) => [.. Write(o => o.WriteTag(number, WireFormat.WireType.LengthDelimited)), (byte)content.Length, .. content];

        static byte[] Write(Action<CodedOutputStream> write)
        {
            using var stream = new MemoryStream();
            using var o = new CodedOutputStream(stream);
            write(o);
            o.Flush();
            return stream.ToArray();
        }
    }

    [Theory]
    [InlineData("30", "Int", "too early")]
    [InlineData("30ffffffffffffffffffff01", "Int", "more than 10 bytes")]
    [InlineData("35", "Int", "wire type Fixed32")]
    [InlineData("6a05", "Text", "a length of 5 bytes, but only 0 are left")]
    [InlineData("6affffffffffffffffff01", "Text", "a length of")]
    [InlineData("d201050102030405", "Floats", "not a list of 4-byte numbers")]
    [InlineData("9a010210ff", "At", "too early")]
    [InlineData("9a01021001", null, null)]
    [InlineData("9a010c08ffffffffffffffff7f1001", "At", "not a valid google.protobuf.Timestamp")]
    [InlineData("00", null, "0 is not a valid field key")]
    [InlineData("a306", null, "too early")]
    [InlineData("a306ac06", null, "group")]
    public async Task What_does_not_fit_is_named(string hex, string? field, string? part)
    {
        await using KafkaDataset dataset = await OpenAsync(RecordFormat.Protobuf(Everything.Descriptor), Convert.FromHexString(hex));
        foreach (string column in (string[])["Flag", "Text"])
        {
            if (part is null)
            {
                Assert.Single(dataset.ToDataView(new MLContext()).Read(column));
                continue;
            }

            RecordDecodingException e = Assert.Throws<RecordDecodingException>(() => dataset.ToDataView(new MLContext()).Read([column, .. field is null or "" ? [] : (string[])[field]]));
            Assert.Equal(field, e.Field);
            Assert.Contains(part, e.Message);
        }
    }

    [Fact]
    public Task Mutated_and_random_bytes_give_no_other_exception_no_hang_and_no_large_allocation()
    {
        var format = new ProtobufRecordFormat(Everything.Descriptor, "here", new WantedColumns(["Weights.k"]));
        byte[] many = new Everything { Int = 5, Text = "text", Blob = ByteString.CopyFrom(1, 2, 3), At = new Timestamp { Seconds = 1, Nanos = 2 }, Span = new Duration { Seconds = 3 }, Floats = { 1, 2, 3 }, Longs = { 1, -1 }, Words = { "a", "bc" }, Nested = new Inner { X = 1, Tags = { "t" } }, Many = { new Inner { X = 3 } }, Weights = { ["k"] = 1, ["l"] = 2 }, MaybeShade = Shade.VeryDark }.ToByteArray();
        return Fuzz.RunAsync(_ => (format, [many, []]), [[0xff, 0xff, 0xff, 0xff, 7], [0xd2, 1], [0x1b], [0x1c], [0x82, 2, 0], [0xf2, 1, 3, 0x0d], [0], [0x9a, 1, 2, 8, 1]]);
    }

    private static Task<KafkaDataset> OpenAsync(RecordFormat format, params byte[][] values) =>
        new FakeEngine(FakePartition.Of(0, values)).OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", Format = format });

    private static Task<KafkaDataset> OpenAsync(ISchemaRegistryClient registry, params byte[][] values) =>
        new FakeEngine(FakePartition.Of(0, values)).OpenAsync(new KafkaDatasetOptions { BootstrapServers = "fake:1", SchemaRegistry = registry });
}
