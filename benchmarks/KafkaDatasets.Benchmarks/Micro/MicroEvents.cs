using Avro.IO;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using KafkaDatasets.Fetching;
using Wire = Google.Protobuf.Reflection.FieldDescriptorProto.Types;

namespace KafkaDatasets.Benchmarks.Micro;

/// <summary>A payment event of 16 fields as in many topics, and a row of 200 nullable numbers; both from a fixed seed.</summary>
internal static class MicroEvents
{
    private static readonly string[] Currencies = ["EUR", "USD", "GBP", "JPY"];

    public const string Schema = """
        {"type":"record","name":"Payment","fields":[
          {"name":"id","type":"string"},{"name":"merchant","type":"string"},{"name":"note","type":["null","string"]},
          {"name":"currency","type":{"type":"enum","name":"Currency","symbols":["EUR","USD","GBP","JPY"]}},
          {"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},
          {"name":"amount","type":"double"},{"name":"fee","type":["null","double"]},{"name":"installments","type":["null","int"]},
          {"name":"customer","type":"long"},{"name":"items","type":"int"},{"name":"age","type":"int"},
          {"name":"score","type":"float"},{"name":"risk","type":"float"},{"name":"distance","type":"double"},
          {"name":"online","type":"boolean"},{"name":"fraud","type":"boolean"}]}
        """;

    public static IReadOnlyList<string> Features { get; } = ["amount", "fee", "installments", "customer", "items", "age", "score", "risk", "distance", "online"];

    public static string WideSchema { get; } =
        $$"""{"type":"record","name":"Wide","fields":[{{string.Join(',', Enumerable.Range(0, 200).Select(i => $$"""{"name":"n{{i}}","type":["null","{{(i % 2 == 0 ? "double" : "long")}}"]}"""))}}]}""";

    public static string JsonSchema { get; } = $$$$"""
        {"title":"Payment","type":"object","required":["id","merchant","currency","at","amount","customer","items","age","score","risk","distance","online","fraud"],"properties":{
          "id":{"type":"string"},"merchant":{"type":"string"},"note":{"type":["null","string"]},"currency":{"enum":["{{{{string.Join("\",\"", Currencies)}}}}"]},"at":{"type":"string","format":"date-time"},
          "amount":{"type":"number"},"fee":{"type":["null","number"]},"installments":{"type":["null","integer"]},"customer":{"type":"integer"},"items":{"type":"integer","format":"int32"},"age":{"type":"integer","format":"int32"},
          "score":{"type":"number","format":"float"},"risk":{"type":"number","format":"float"},"distance":{"type":"number"},"online":{"type":"boolean"},"fraud":{"type":"boolean"}}}
        """;

    /// <summary>The event as a message.</summary>
    public static MessageDescriptor Message { get; } = FileDescriptor.BuildFromByteStrings([File().ToByteString()])[0].MessageTypes[0];

    public static byte[] Avro(int i)
    {
        Payment p = Payment.Of(i);
        return Encode(e =>
        {
            e.WriteString(p.Id);
            e.WriteString(p.Merchant);
            e.WriteUnionIndex(p.Note is null ? 0 : 1);
            if (p.Note is not null)
            {
                e.WriteString(p.Note);
            }

            e.WriteEnum(p.Currency);
            e.WriteLong(p.At);
            e.WriteDouble(p.Amount);
            e.WriteUnionIndex(p.Fee is null ? 0 : 1);
            if (p.Fee is { } fee)
            {
                e.WriteDouble(fee);
            }

            e.WriteUnionIndex(p.Installments is null ? 0 : 1);
            if (p.Installments is { } installments)
            {
                e.WriteInt(installments);
            }

            e.WriteLong(p.Customer);
            e.WriteInt(p.Items);
            e.WriteInt(p.Age);
            e.WriteFloat(p.Score);
            e.WriteFloat(p.Risk);
            e.WriteDouble(p.Distance);
            e.WriteBoolean(p.Online);
            e.WriteBoolean(p.Fraud);
        });
    }

    public static byte[] Protobuf(int i)
    {
        Payment p = Payment.Of(i);
        using var stream = new MemoryStream();
        using var o = new CodedOutputStream(stream);
        Tag(1, 2).WriteString(p.Id);
        Tag(2, 2).WriteString(p.Merchant);
        if (p.Note is not null)
        {
            Tag(3, 2).WriteString(p.Note);
        }

        if (p.Currency != 0)
        {
            Tag(4, 0).WriteEnum(p.Currency);
        }

        Tag(5, 0).WriteInt64(p.At);
        Tag(6, 1).WriteDouble(p.Amount);
        if (p.Fee is { } fee)
        {
            Tag(7, 1).WriteDouble(fee);
        }

        if (p.Installments is { } installments)
        {
            Tag(8, 0).WriteInt32(installments);
        }

        Tag(9, 0).WriteInt64(p.Customer);
        Tag(10, 0).WriteInt32(p.Items);
        Tag(11, 0).WriteInt32(p.Age);
        Tag(12, 5).WriteFloat(p.Score);
        Tag(13, 5).WriteFloat(p.Risk);
        Tag(14, 1).WriteDouble(p.Distance);
        if (p.Online)
        {
            Tag(15, 0).WriteBool(true);
        }

        if (p.Fraud)
        {
            Tag(16, 0).WriteBool(true);
        }

        o.Flush();
        return stream.ToArray();

        CodedOutputStream Tag(int number, uint wire)
        {
            o.WriteTag(((uint)number << 3) | wire);
            return o;
        }
    }

    /// <summary>The event as JSON, as <see cref="WriteFormat.Json"/> and .NET's serializer write it.</summary>
    public static byte[] Json(int i)
    {
        Payment p = Payment.Of(i);
        return Text($$"""{"id":"{{p.Id}}","merchant":"{{p.Merchant}}","note":{{(p.Note is null ? "null" : $"\"{p.Note}\"")}},"currency":"{{Currencies[p.Currency]}}","at":"{{DateTimeOffset.FromUnixTimeMilliseconds(p.At).UtcDateTime:O}}","amount":{{p.Amount:R}},"fee":{{Or(p.Fee, "null")}},"installments":{{Or(p.Installments, "null")}},"customer":{{p.Customer}},"items":{{p.Items}},"age":{{p.Age}},"score":{{p.Score:R}},"risk":{{p.Risk:R}},"distance":{{p.Distance:R}},"online":{{(p.Online ? "true" : "false")}},"fraud":{{(p.Fraud ? "true" : "false")}}}""");
    }

    /// <summary>The features alone, separated by commas.</summary>
    public static byte[] Csv(int i)
    {
        Payment p = Payment.Of(i);
        return Text($"{p.Amount:R},{Or(p.Fee, "")},{Or(p.Installments, "")},{p.Customer},{p.Items},{p.Age},{p.Score:R},{p.Risk:R},{p.Distance:R},{(p.Online ? 1 : 0)}");
    }

    public static byte[] Wide(int i)
    {
        var random = new Random(i);
        return Encode(e =>
        {
            for (int n = 0; n < 200; n++)
            {
                bool isNull = random.Next(10) == 0;
                e.WriteUnionIndex(isNull ? 0 : 1);
                if (isNull)
                {
                    continue;
                }

                if (n % 2 == 0)
                {
                    e.WriteDouble(random.NextDouble());
                }
                else
                {
                    e.WriteLong(random.Next(1000));
                }
            }
        });
    }

    /// <summary>Values one after another, as they lie in a fetched batch.</summary>
    public static RecordChunk Chunk(IEnumerable<byte[]> values)
    {
        byte[][] all = [.. values];
        var entries = new RecordEntry[all.Length];
        int at = 0;
        for (int i = 0; i < all.Length; i++)
        {
            entries[i] = new RecordEntry { Offset = i, KeyLength = -1, ValueStart = at + 7, ValueLength = all[i].Length };
            at += 7 + all[i].Length; // a record has a head
        }

        byte[] bytes = new byte[at];
        for (int i = 0; i < all.Length; i++)
        {
            all[i].CopyTo(bytes, entries[i].ValueStart);
        }

        return new RecordChunk(0, _ => { }) { Bytes = bytes, ByteCount = at, Entries = entries, Count = all.Length };
    }

    private static byte[] Text(FormattableString text) => System.Text.Encoding.UTF8.GetBytes(FormattableString.Invariant(text));

    private static string Or(IFormattable? value, string missing) => value?.ToString(null, System.Globalization.CultureInfo.InvariantCulture) ?? missing;

    private static byte[] Encode(Action<BinaryEncoder> write)
    {
        using var stream = new MemoryStream();
        write(new BinaryEncoder(stream));
        return stream.ToArray();
    }

    private static FileDescriptorProto File()
    {
        var message = new DescriptorProto { Name = "Payment" };
        (string Name, Wire.Type Type, bool IsOptional)[] fields =
        [
            ("id", Wire.Type.String, false), ("merchant", Wire.Type.String, false), ("note", Wire.Type.String, true), ("currency", Wire.Type.Enum, false), ("at", Wire.Type.Int64, false),
            ("amount", Wire.Type.Double, false), ("fee", Wire.Type.Double, true), ("installments", Wire.Type.Int32, true), ("customer", Wire.Type.Int64, false),
            ("items", Wire.Type.Int32, false), ("age", Wire.Type.Int32, false), ("score", Wire.Type.Float, false), ("risk", Wire.Type.Float, false), ("distance", Wire.Type.Double, false),
            ("online", Wire.Type.Bool, false), ("fraud", Wire.Type.Bool, false),
        ];
        foreach ((int i, (string name, Wire.Type type, bool isOptional)) in fields.Index())
        {
            var field = new FieldDescriptorProto { Name = name, Number = i + 1, Type = type, Label = Wire.Label.Optional };
            if (type == Wire.Type.Enum)
            {
                field.TypeName = ".Currency";
            }

            if (isOptional)
            {
                field.Proto3Optional = true;
                field.OneofIndex = message.OneofDecl.Count;
                message.OneofDecl.Add(new OneofDescriptorProto { Name = $"_{name}" });
            }

            message.Field.Add(field);
        }

        var currency = new EnumDescriptorProto { Name = "Currency" };
        currency.Value.AddRange(Currencies.Select((c, i) => new EnumValueDescriptorProto { Name = c, Number = i }));
        return new FileDescriptorProto { Name = "payment.proto", Syntax = "proto3", MessageType = { message }, EnumType = { currency } };
    }

    private sealed record Payment(string Id, string Merchant, string? Note, int Currency, long At, double Amount, double? Fee, int? Installments, long Customer, int Items, int Age, float Score, float Risk, double Distance, bool Online, bool Fraud)
    {
        public static Payment Of(int i)
        {
            var r = new Random(i);
            return new Payment(
                $"pay-{r.NextInt64(1L << 40):x10}", $"merchant {r.Next(500)}", r.Next(4) == 0 ? $"note {r.Next(100)}" : null, r.Next(4), 1_764_000_000_000 + i, r.NextDouble() * 100,
                r.Next(3) == 0 ? null : r.NextDouble(), r.Next(2) == 0 ? null : r.Next(1, 25), r.NextInt64(1L << 34), r.Next(1, 30), r.Next(18, 90), r.NextSingle(), r.NextSingle(), r.NextDouble() * 1000, r.Next(2) == 0, r.Next(50) == 0);
        }
    }
}
