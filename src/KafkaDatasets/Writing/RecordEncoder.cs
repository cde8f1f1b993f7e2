using System.Reflection;
using KafkaDatasets.Writing.Formats;
using KafkaDatasets.Writing.Shapes;

namespace KafkaDatasets.Writing;

/// <summary>The code that writes records of one .NET type.</summary>
/// <param name="Schema">Their schema.</param>
/// <param name="AfterId">What stands between the schema's id and the value.</param>
/// <param name="Value">Writes the value.</param>
/// <param name="Key">Writes the key, or null where there are none.</param>
internal sealed record RecordEncoder<T>(WrittenSchema Schema, byte[] AfterId, Action<ValueBuffer, T> Value, Action<ValueBuffer, T>? Key)
{
    /// <exception cref="SchemaException">The type has no schema, or does not fit the one given; names every field.</exception>
    public static RecordEncoder<T> Of(KafkaWriterOptions options)
    {
        if (AvroRecords<T>.Are)
        {
            return AvroRecords<T>.Encoder(options);
        }

        if (ProtobufMessages<T>.Are)
        {
            return ProtobufMessages<T>.Encoder(options);
        }

        var plan = RowPlan.Of(options, (format, isWanted) => TypeShape.Of(typeof(T), format, options, isWanted));
        return new RecordEncoder<T>(plan.Schema, plan.Format.AfterId.ToArray(), plan.Format.Record<T>(plan.Value, ""), plan.Key is null ? null : KeyOf(plan.Key));
    }

    private static Action<ValueBuffer, T> KeyOf(RowField field)
    {
        PropertyInfo property = TypeMembers.Of(typeof(T)).First(m => m.Name == field.Name).Property;
        return new KeyValues().Member<T>(property, field, "");
    }
}
