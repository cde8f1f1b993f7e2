using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using KafkaDatasets.Tests.Formats.Written;
using KafkaDatasets.Tests.Writing;
using Xunit;
using Message = Kafkadatasets.Tests.Everything;

namespace KafkaDatasets.Tests.Formats.Protobuf;

/// <summary>Google's own classes, generated from the same schema, are the witness.</summary>
public sealed class ProtobufWritingTests
{
    private static readonly KafkaWriterOptions Options = new() { BootstrapServers = "unused:1", Format = WriteFormat.Protobuf, Framing = SchemaFraming.None, RecordNamespace = "kafkadatasets.tests" };

    [Fact]
    public void The_schema_is_the_one_that_the_witness_is_made_from()
        => Assert.Equal(Kafkadatasets.Tests.EverythingReflection.Descriptor.ToProto(), Descriptor<Everything>());

    [Fact]
    public void Every_type_is_what_Google_reads_and_the_bytes_are_those_that_Google_writes()
    {
        byte[] bytes = Encoded.Bytes(Everything.Filled(), Options);
        var expected = new Message
        {
            Flag = true,
            Tiny = -128,
            Byte = 255,
            Short = -32768,
            UShort = 65535,
            Int = int.MinValue,
            UInt = uint.MaxValue,
            Long = long.MinValue,
            ULong = long.MaxValue,
            Single = 0.1f,
            Double = -1e-300,
            Price = "-1234567890.123456789",
            Text = "Žluťoučký \"kůň\"\n\u0001 𝄞",
            Blob = ByteString.CopyFrom(0, 1, 254, 255),
            Id = "0f8fad5b-d9cb-469f-a165-70867728950e",
            Date = "1969-07-20",
            Time = "23:59:59.9999990",
            Span = new Duration { Seconds = 3723, Nanos = 4_005_000 },
            At = new Timestamp { Seconds = -14182940, Nanos = 123_456_000 },
            Zoned = new Timestamp { Seconds = 1795500123, Nanos = 500_000_000 },
            Shade = Kafkadatasets.Tests.Shade.VeryDark,
            MaybeInt = 0,
            MaybeText = "",
            MaybeShade = Kafkadatasets.Tests.Shade.Light,
            MaybeAt = new Timestamp(),
            Floats = { 1.5f, float.NegativeZero, float.MaxValue },
            Longs = { 0, -1, long.MaxValue },
            Words = { "", "zwei", "drei" },
            Weights = { ["a"] = 0.25, ["ü"] = 0 },
            Nested = new() { X = 1.25f, Tags = { "t" } },
            MaybeNested = new(),
            Many = { new Kafkadatasets.Tests.Inner { X = 2, Tags = { Enumerable.Range(0, 200).Select(i => $"tag {i}") } }, new Kafkadatasets.Tests.Inner() },
        };
        Message read = Message.Parser.ParseFrom(bytes);
        Assert.Equal(expected, read);
        Assert.True(read.HasMaybeInt && read.HasMaybeText && read.HasMaybeShade);
        Assert.Equal(Convert.ToHexString(expected.ToByteArray()), Convert.ToHexString(bytes));
    }

    [Fact]
    public void Zero_and_null_are_left_out()
    {
        var record = new Everything { Text = "", Words = [], Id = Guid.Empty };
        Message read = Message.Parser.ParseFrom(Encoded.Bytes(record, Options));
        Assert.False(read.HasMaybeInt || read.HasMaybeText || read.HasMaybeShade);
        Assert.Null(read.MaybeAt);
        Assert.Null(read.MaybeNested);
        Assert.NotNull(read.Nested);
        Assert.Equal("", Convert.ToHexString(Encoded.Bytes(new Inner(), Options)));
        Assert.Equal("0D00000080", Convert.ToHexString(Encoded.Bytes(new Inner { X = float.NegativeZero }, Options)));
    }

    [Fact]
    public void Instants_before_1970_have_nanoseconds_above_zero_and_spans_below_keep_their_sign()
    {
        Message read = Message.Parser.ParseFrom(Encoded.Bytes(new Everything { At = DateTime.UnixEpoch.AddMilliseconds(-1), Span = TimeSpan.FromMilliseconds(-1500) }, Options));
        Assert.Equal(new Timestamp { Seconds = -1, Nanos = 999_000_000 }, read.At);
        Assert.Equal(new Duration { Seconds = -1, Nanos = -500_000_000 }, read.Span);
    }

    [Fact]
    public void Symbols_that_are_named_like_something_else_have_a_message_around_their_enum()
    {
        FileDescriptorProto file = Descriptor<Clashing>();
        Assert.Equal(["First: None One"], file.EnumType.Select(Shown));
        Assert.Equal(["Clashing", "Second", "Third"], file.MessageType.Select(m => m.Name));
        Assert.Equal(["Value: None Two", "Value_: One Value"], file.MessageType.SelectMany(m => m.EnumType).Select(Shown));
        Assert.Equal([".kafkadatasets.tests.First", ".kafkadatasets.tests.Second.Value", ".kafkadatasets.tests.Third.Value_"], file.MessageType[0].Field.Select(f => f.TypeName));
        MessageDescriptor message = FileDescriptor.BuildFromByteStrings([file.ToByteString()])[0].MessageTypes[0];
        Assert.Equal(["First", "Value", "Value_"], message.Fields.InFieldNumberOrder().Select(f => f.EnumType.Name));

        static string Shown(EnumDescriptorProto e) => $"{e.Name}: {string.Join(' ', e.Value.Select(v => v.Name))}";
    }

    [Fact]
    public void What_Protobuf_has_not_is_refused_when_the_writer_is_opened()
    {
        Assert.Contains("list or a map within", Assert.Throws<SchemaException>(() => Encoded.Bytes(new Lists(), Options)).Message);
        Assert.Contains("may be null within", Assert.Throws<SchemaException>(() => Encoded.Bytes(new Holes(), Options)).Message);
    }

    private static FileDescriptorProto Descriptor<T>() => FileDescriptorProto.Parser.ParseFrom(Convert.FromBase64String(Encoded.Document<T>(Options)));

    public enum First
    {
        None,
        One,
    }

    public enum Second
    {
        None,
        Two,
    }

    public enum Third
    {
        One,
        Value,
    }

    public sealed record Clashing(First A, Second B, Third C);

    public sealed class Lists
    {
        public float[][] Matrix { get; init; } = [];
    }

    public sealed class Holes
    {
        public int?[] Some { get; init; } = [];
    }
}
