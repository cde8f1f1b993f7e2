using System.Globalization;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Formats.Protobuf;

/// <summary>Compiles the steps that store the fields of a message in a block's columns.</summary>
/// <param name="layout">The columns of the blocks.</param>
internal sealed class ProtobufCompiler(PartLayout layout)
{
    private readonly ILookup<string, ColumnTarget> _targets = layout.Targets;
    private int _slots;

    /// <exception cref="IncompatibleSchemaException">The field cannot be a label.</exception>
    public ProtobufStep Step(ProtobufField field, int depth)
    {
        int slot = _slots++;
        ColumnTarget[] targets = field.IsValue ? layout.Values(field.Path, field.Type) : [];
        int inner = field.IsRepeated ? depth + 1 : depth;
        ColumnTarget[] counts = field.IsRepeated ? _targets.Lengths(field.Path, depth) : [];
        ColumnTarget[] lengths = field is { Kind: ProtobufKind.Scalar, Descriptor.FieldType: FieldType.Bytes } ? _targets.Lengths(field.Path, inner) : [];
        ProtobufStep[] members = [.. field.Members.Select(Wanted).OfType<ProtobufField>().OrderBy(m => m.Descriptor!.FieldNumber).Select(m => Step(m, inner))];
        foreach (IGrouping<OneofDescriptor?, ProtobufStep> oneof in members.GroupBy(m => m.Field.Descriptor!.RealContainingOneof).Where(g => g.Key is not null))
        {
            foreach (ProtobufStep member in oneof)
            {
                member.Rivals = [.. oneof.Where(m => m != member)];
            }
        }

        return new ProtobufStep(field, targets, slot)
        {
            EndSlot = _slots,
            Members = members,
            IsInList = depth > 0,
            Counts = counts,
            Lengths = lengths,
            Vectors = [.. counts, .. lengths, .. !field.IsValue ? members.SelectMany(m => m.Vectors) : inner > 0 ? targets : []],
            Keys = field.Kind == ProtobufKind.Map ? new NameTable([.. members.Select(m => m.Field.Key!)]) : NameTable.Empty,
            Default = field is { Kind: ProtobufKind.Scalar, Descriptor: { IsRepeated: false } descriptor } ? Default(descriptor) : [],
            Symbols = field.Descriptor is { FieldType: FieldType.Enum } symbols
                ? symbols.EnumType.Values.DistinctBy(v => v.Number).Index().ToDictionary(v => v.Item.Number, v => v.Index)
                : [],
            SymbolNames = [.. (field.Symbols ?? []).Select(Encoding.UTF8.GetBytes)],
        };
    }

    /// <summary>
    /// Returns the field when any part of it is wanted; an unwanted one is skipped like an unknown field, but still replaces other members of its <c>oneof</c>.
    /// </summary>
    private ProtobufField? Wanted(ProtobufField field) => field switch
    {
        { Kind: ProtobufKind.Ignored } => field,
        _ when layout.IsWanted(field.Path) => field,
        { Descriptor.RealContainingOneof: not null } => new ProtobufField(field.Path, ProtobufKind.Ignored, field.Descriptor),
        _ => null,
    };

    private static byte[] Default(FieldDescriptor field)
    {
        using var stream = new MemoryStream();
        var output = new CodedOutputStream(stream);
        string text = field.ToProto() is { HasDefaultValue: true } proto ? proto.DefaultValue : "";
        bool isGiven = text.Length > 0;
        switch (field.FieldType)
        {
            case FieldType.Double:
                output.WriteDouble(isGiven ? Number(text) : 0);
                break;
            case FieldType.Float:
                output.WriteFloat(isGiven ? (float)Number(text) : 0);
                break;
            case FieldType.String:
                output.WriteString(text);
                break;
            case FieldType.Bytes:
                output.WriteBytes(ByteString.CopyFrom(Unescape(text)));
                break;
            case FieldType.Bool:
                output.WriteBool(text == "true");
                break;
            case FieldType.Enum:
                output.WriteEnum(isGiven ? field.EnumType.FindValueByName(text).Number : field.EnumType.Values[0].Number);
                break;
            case FieldType.UInt64:
                output.WriteUInt64(isGiven ? ulong.Parse(text, CultureInfo.InvariantCulture) : 0);
                break;
            case FieldType.Fixed64:
                output.WriteFixed64(isGiven ? ulong.Parse(text, CultureInfo.InvariantCulture) : 0);
                break;
            default:
                WriteInteger(output, field.FieldType, isGiven ? long.Parse(text, CultureInfo.InvariantCulture) : 0);
                break;
        }

        output.Flush();
        return stream.ToArray();
    }

    /// <summary>Decodes the default of a bytes field, which descriptors hold as text with C's escapes (descriptor.proto, "default_value").</summary>
    private static byte[] Unescape(string text)
    {
        const string names = "abfnrtv";
        const string values = "\a\b\f\n\r\t\v";
        byte[] escaped = Encoding.UTF8.GetBytes(text);
        var bytes = new List<byte>(escaped.Length);
        for (int i = 0; i < escaped.Length; i++)
        {
            if (escaped[i] != '\\' || i == escaped.Length - 1)
            {
                bytes.Add(escaped[i]);
                continue;
            }

            char next = (char)escaped[++i];
            if (next is 'x' or 'X')
            {
                int digits = Digits(escaped.AsSpan(i + 1), 2, char.IsAsciiHexDigit);
                bytes.Add(digits == 0 ? (byte)next : Convert.ToByte(Encoding.ASCII.GetString(escaped, i + 1, digits), 16));
                i += digits;
            }
            else if (Digits(escaped.AsSpan(i), 3, c => c is >= '0' and <= '7') is > 0 and int digits)
            {
                bytes.Add((byte)Convert.ToInt32(Encoding.ASCII.GetString(escaped, i, digits), 8));
                i += digits - 1;
            }
            else
            {
                bytes.Add((byte)(names.IndexOf(next) is >= 0 and int index ? values[index] : next));
            }
        }

        return [.. bytes];

        static int Digits(ReadOnlySpan<byte> text, int most, Func<char, bool> isDigit)
        {
            int count = 0;
            while (count < most && count < text.Length && isDigit((char)text[count]))
            {
                count++;
            }

            return count;
        }
    }

    private static void WriteInteger(CodedOutputStream output, FieldType type, long value)
    {
        switch (type)
        {
            case FieldType.SInt32:
                output.WriteSInt32((int)value);
                break;
            case FieldType.SInt64:
                output.WriteSInt64(value);
                break;
            case FieldType.Fixed32 or FieldType.SFixed32:
                output.WriteFixed32((uint)value);
                break;
            case FieldType.SFixed64:
                output.WriteSFixed64(value);
                break;
            default:
                output.WriteInt64(value);
                break;
        }
    }

    private static double Number(string text) => text switch
    {
        "inf" => double.PositiveInfinity,
        "-inf" => double.NegativeInfinity,
        "nan" => double.NaN,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };
}
