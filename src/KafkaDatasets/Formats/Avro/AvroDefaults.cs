using System.Globalization;
using System.Text;
using global::Avro.IO;
using KafkaDatasets.Schemas;
using Newtonsoft.Json.Linq;
using ArraySchema = global::Avro.ArraySchema;
using AvroField = global::Avro.Field;
using EnumSchema = global::Avro.EnumSchema;
using FixedSchema = global::Avro.FixedSchema;
using MapSchema = global::Avro.MapSchema;
using RecordSchema = global::Avro.RecordSchema;
using Schema = global::Avro.Schema;
using UnionSchema = global::Avro.UnionSchema;

namespace KafkaDatasets.Formats.Avro;

/// <summary>Encodes a field's default, which a schema gives in JSON, in Avro's binary encoding.</summary>
internal static class AvroDefaults
{
    /// <summary>The encoding of bytes in JSON: one character per byte.</summary>
    private static readonly Encoding Bytes = Encoding.Latin1;

    /// <exception cref="IncompatibleSchemaException">The default does not match the field's type.</exception>
    public static byte[] Encode(Schema schema, JToken value, string path)
    {
        using var stream = new MemoryStream();
        Write(new BinaryEncoder(stream), schema, value, path);
        return stream.ToArray();
    }

    private static void Write(BinaryEncoder encoder, Schema declared, JToken value, string path)
    {
        Schema schema = AvroTypes.Base(declared);
        if (schema is UnionSchema union)
        {
            int branch = union.Schemas.ToList().FindIndex(s => IsOf(AvroTypes.Base(s), value));
            encoder.WriteUnionIndex(branch >= 0 ? branch : throw Mismatch(schema, value, path));
            schema = AvroTypes.Base(union.Schemas[branch]);
        }

        if (!IsOf(schema, value))
        {
            throw Mismatch(schema, value, path);
        }

        switch (schema)
        {
            case RecordSchema record:
                foreach (AvroField field in record.Fields)
                {
                    string name = ColumnPath.Join(path, field.Name);
                    Write(encoder, field.Schema, value[field.Name] ?? field.DefaultValue ?? throw new IncompatibleSchemaException(name, "the default of the record has no value for the field"), name);
                }

                break;
            case ArraySchema array:
                foreach (JToken item in value.Children())
                {
                    encoder.WriteLong(1);
                    Write(encoder, array.ItemSchema, item, path);
                }

                encoder.WriteLong(0);
                break;
            case MapSchema map:
                foreach (JProperty entry in value.Children<JProperty>())
                {
                    encoder.WriteLong(1);
                    encoder.WriteString(entry.Name);
                    Write(encoder, map.ValueSchema, entry.Value, ColumnPath.Join(path, entry.Name));
                }

                encoder.WriteLong(0);
                break;
            case EnumSchema symbols:
                encoder.WriteEnum(symbols.Symbols.IndexOf(AvroSource.Text(value)));
                break;
            case FixedSchema:
                encoder.WriteFixed(Bytes.GetBytes(AvroSource.Text(value)));
                break;
            default:
                WritePrimitive(encoder, schema.Tag, value);
                break;
        }
    }

    private static void WritePrimitive(BinaryEncoder encoder, Schema.Type type, JToken value)
    {
        switch (type)
        {
            case Schema.Type.Boolean:
                encoder.WriteBoolean(value.Value<bool>());
                break;
            case Schema.Type.Int or Schema.Type.Long:
                encoder.WriteLong(value.Value<long>());
                break;
            case Schema.Type.Float:
                encoder.WriteFloat((float)Number(value));
                break;
            case Schema.Type.Double:
                encoder.WriteDouble(Number(value));
                break;
            case Schema.Type.String:
                encoder.WriteString(AvroSource.Text(value));
                break;
            case Schema.Type.Bytes:
                encoder.WriteBytes(Bytes.GetBytes(AvroSource.Text(value)));
                break;
            default:
                break;
        }
    }

    private static bool IsOf(Schema schema, JToken value) => (schema.Tag, value.Type) switch
    {
        (Schema.Type.Null, JTokenType.Null) => true,
        (Schema.Type.Boolean, JTokenType.Boolean) => true,
        (Schema.Type.Int, JTokenType.Integer) => value is JValue { Value: >= (long)int.MinValue and <= (long)int.MaxValue },
        (Schema.Type.Long, JTokenType.Integer) => value is JValue { Value: long },
        (Schema.Type.Float or Schema.Type.Double, JTokenType.Integer or JTokenType.Float) => true,
        (Schema.Type.Float or Schema.Type.Double, JTokenType.String) => value.Value<string>() is "NaN" or "Infinity" or "-Infinity",
        (Schema.Type.String, JTokenType.String) => true,
        (Schema.Type.Bytes, JTokenType.String) => IsBytes(value),
        (Schema.Type.Fixed, JTokenType.String) => IsBytes(value) && AvroSource.Text(value).Length == ((FixedSchema)schema).Size,
        (Schema.Type.Enumeration, JTokenType.String) => ((EnumSchema)schema).Symbols.Contains(AvroSource.Text(value)),
        (Schema.Type.Record or Schema.Type.Map, JTokenType.Object) => true,
        (Schema.Type.Array, JTokenType.Array) => true,
        _ => false,
    };

    private static bool IsBytes(JToken value) => AvroSource.Text(value).All(c => c <= '\u00ff');

    private static double Number(JToken value) => value.Type == JTokenType.String
        ? double.Parse(value.Value<string>()!, NumberStyles.Float, CultureInfo.InvariantCulture) // some schema writers put NaN and infinities in strings
        : value.Value<double>();

    private static IncompatibleSchemaException Mismatch(Schema schema, JToken value, string path) =>
        new(path, $"the writer's schema does not have the field, and its default in the dataset's schema, {value.ToString(Newtonsoft.Json.Formatting.None)}, is not a valid {AvroPlanCompiler.Describe(schema)}");
}
