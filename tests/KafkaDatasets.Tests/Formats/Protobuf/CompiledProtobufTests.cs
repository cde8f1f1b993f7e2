using Google.Protobuf;
using Google.Protobuf.Reflection;
using KafkaDatasets.Decoding;
using KafkaDatasets.Formats.Protobuf;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;
using KafkaDatasets.Tests.Decoding;
using Xunit;
using Wire = Google.Protobuf.Reflection.FieldDescriptorProto.Types;

namespace KafkaDatasets.Tests.Formats.Protobuf;

/// <summary>Compiled plans give the rows of plans that run step by step, and refuse what those refuse.</summary>
public sealed class CompiledProtobufTests
{
    private static readonly Wire.Type[] Scalars =
    [
        Wire.Type.Double, Wire.Type.Float, Wire.Type.Int64, Wire.Type.Uint64, Wire.Type.Int32, Wire.Type.Fixed64, Wire.Type.Fixed32, Wire.Type.Bool, Wire.Type.String,
        Wire.Type.Uint32, Wire.Type.Enum, Wire.Type.Sfixed32, Wire.Type.Sfixed64, Wire.Type.Sint32, Wire.Type.Sint64,
    ];

    [Theory]
    [InlineData("proto3")]
    [InlineData("proto2")]
    public void Random_messages_and_mutated_values(string syntax)
    {
        Assert.SkipUnless(CompiledPlan.IsSupported, "Plans run step by step in this run.");
        int good = 0;
        int compiled = 0;
        int inBulk = 0;
        for (int seed = 0; seed < 100; seed++)
        {
            var random = new Random(seed);
            MessageDescriptor message = FileDescriptor.BuildFromByteStrings(
                [Google.Protobuf.WellKnownTypes.Timestamp.Descriptor.File.SerializedData, Google.Protobuf.WellKnownTypes.Duration.Descriptor.File.SerializedData, File(random, syntax).ToByteString()])[^1].MessageTypes[0];
            var format = new ProtobufRecordFormat(message, "the options", WantedColumns.None);
            DatasetColumn[] numbers = [.. format.Schema.Columns.Where(c => c.CanBeFeature && c.Type != ColumnType.Boolean)];
            BlockColumn[] layout =
            [
                .. numbers.Length > 0 && random.Next(2) == 0 ? (BlockColumn[])[new BlockColumn(ColumnType.Single, numbers)] : [],
                .. format.Schema.Columns.Where(_ => random.Next(4) > 0).Select(c => new BlockColumn(c)),
            ];
            if (layout.Length == 0)
            {
                continue;
            }

            var pair = new PlanPair(() => format.Plan(layout), layout);
            compiled += pair.IsCompiled ? 1 : 0;
            for (int i = 0; i < 150; i++)
            {
                byte[] value = Encode(message, random, 0);
                for (int changes = random.Next(4) == 0 ? random.Next(1, 4) : 0; changes > 0 && value.Length > 0; changes--)
                {
                    int at = random.Next(value.Length);
                    switch (random.Next(4))
                    {
                        case 0:
                            value = value[..at];
                            break;
                        case 1:
                            value = [.. value[..at], .. value];
                            break;
                        case 2:
                            value = [.. value[..at], 0xff, 0x80, .. value[at..]];
                            break;
                        default:
                            value[at] = (byte)random.Next(256);
                            break;
                    }
                }

                good += pair.Compare(value, $"seed {seed}") ? 1 : 0;
            }

            inBulk += pair.InBulk;
        }

        Assert.InRange(good, 5_000, int.MaxValue);
        Assert.InRange(compiled, 60, 100);
        Assert.InRange(inBulk, good * 0.8, good);
    }

    /// <summary>A file with a message of scalars, times, messages and oneofs, and what nobody wants: lists.</summary>
    private static FileDescriptorProto File(Random random, string syntax)
    {
        var file = new FileDescriptorProto { Name = "random.proto", Syntax = syntax, Dependency = { "google/protobuf/timestamp.proto", "google/protobuf/duration.proto" } };
        file.MessageType.Add(Message("Outer", random, syntax, depth: 0));
        file.MessageType.Add(Message("Inner", random, syntax, depth: 1));
        var symbols = new EnumDescriptorProto { Name = "Symbol" };
        symbols.Value.Add(new EnumValueDescriptorProto { Name = "ZERO", Number = 0 });
        symbols.Value.Add(new EnumValueDescriptorProto { Name = "TWO", Number = 2 });
        symbols.Value.Add(new EnumValueDescriptorProto { Name = "FAR", Number = random.Next(2) == 0 ? 3 : -5 });
        file.EnumType.Add(symbols);
        return file;
    }

    private static DescriptorProto Message(string name, Random random, string syntax, int depth)
    {
        var message = new DescriptorProto { Name = name };
        bool hasOneof = random.Next(2) == 0;
        if (hasOneof)
        {
            message.OneofDecl.Add(new OneofDescriptorProto { Name = "choice" });
        }

        int count = random.Next(1, 12);
        for (int i = 0, number = 1; i < count; i++, number += random.Next(1, 9))
        {
            var field = new FieldDescriptorProto { Name = $"f{i}", Number = number, Label = Wire.Label.Optional, Type = Scalars[random.Next(Scalars.Length)] };
            switch (random.Next(10))
            {
                case 0 when depth == 0:
                    field.Type = Wire.Type.Message;
                    field.TypeName = ".Inner";
                    break;
                case 1:
                    field.Type = Wire.Type.Message;
                    field.TypeName = random.Next(2) == 0 ? ".google.protobuf.Timestamp" : ".google.protobuf.Duration";
                    break;
                default:
                    field.TypeName = field.Type == Wire.Type.Enum ? ".Symbol" : "";
                    break;
            }

            if (hasOneof && (i == 0 || random.Next(3) == 0))
            {
                field.OneofIndex = 0;
            }
            else if (syntax == "proto2" && field.Type is Wire.Type.Int32 or Wire.Type.Sint64 or Wire.Type.Double)
            {
                field.DefaultValue = syntax == "proto2" ? "7" : "";
                field.Label = random.Next(5) == 0 ? Wire.Label.Required : Wire.Label.Optional;
            }

            if (field.TypeName.Length == 0)
            {
                field.ClearTypeName();
            }

            if (syntax == "proto3" && field is { HasOneofIndex: false } && field.Type != Wire.Type.Message && random.Next(3) == 0)
            {
                field.Proto3Optional = true;
                field.OneofIndex = message.OneofDecl.Count;
                message.OneofDecl.Add(new OneofDescriptorProto { Name = $"_f{i}" });
            }

            message.Field.Add(field);
        }

        // synthetic oneofs must come last, so a real one is made first
        return message;
    }

    private static byte[] Encode(MessageDescriptor message, Random random, int depth)
    {
        using var stream = new MemoryStream();
        using var o = new CodedOutputStream(stream);
        var taken = new HashSet<OneofDescriptor>();
        foreach (FieldDescriptor field in message.Fields.InFieldNumberOrder())
        {
            if ((random.Next(3) == 0 && !field.IsRequired) || (field.RealContainingOneof is { } oneof && !taken.Add(oneof) && random.Next(20) > 0))
            {
                continue;
            }

            o.WriteTag(field.FieldNumber, (Google.Protobuf.WireFormat.WireType)(int)ProtobufStep.WireOf(field.FieldType));
            long integer = random.Next(3) switch { 0 => random.Next(4), 1 => random.Next(100_000), _ => random.NextInt64() >> random.Next(64) };
            switch (field.FieldType)
            {
                case FieldType.Double:
                    o.WriteDouble(random.NextDouble());
                    break;
                case FieldType.Float:
                    o.WriteFloat(random.NextSingle());
                    break;
                case FieldType.Fixed32 or FieldType.SFixed32:
                    o.WriteFixed32((uint)integer);
                    break;
                case FieldType.Fixed64 or FieldType.SFixed64:
                    o.WriteFixed64((ulong)integer);
                    break;
                case FieldType.String:
                    o.WriteString(new string('x', random.Next(30)));
                    break;
                case FieldType.Message:
                    o.WriteBytes(ByteString.CopyFrom(Encode(field.MessageType, random, depth + 1)));
                    break;
                case FieldType.Int32 or FieldType.UInt32:
                    o.WriteInt64(integer); // truncated if it is wider
                    break;
                case FieldType.SInt32:
                    o.WriteSInt32((int)integer);
                    break;
                case FieldType.Enum:
                    o.WriteInt64(random.Next(-6, 5) + (random.Next(4) == 0 ? integer << 32 : 0));
                    break;
                case FieldType.Bool:
                    o.WriteBool(integer % 2 == 0);
                    break;
                default:
                    o.WriteInt64(integer);
                    break;
            }
        }

        o.Flush();
        return stream.ToArray();
    }
}
