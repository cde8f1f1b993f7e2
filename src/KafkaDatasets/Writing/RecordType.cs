using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.Serialization;
using Avro;
using Avro.Generic;
using Avro.IO;
using Avro.Specific;
using ExpressionTree = System.Linq.Expressions.Expression;

namespace KafkaDatasets.Writing;

/// <summary>A .NET type as an Avro record: the schema derived from it, and the code that writes it.</summary>
internal static class RecordType<T>
{
    private static readonly bool IsAvroRecord = typeof(T) == typeof(GenericRecord) || typeof(ISpecificRecord).IsAssignableFrom(typeof(T));

    /// <summary>The schema of the type.</summary>
    /// <exception cref="SchemaException">A property has no Avro type; names each.</exception>
    public static RecordSchema DeriveSchema(KafkaWriterOptions options)
    {
        if (IsAvroRecord)
        {
            return OwnSchema() ?? throw new SchemaException($"{typeof(T).Name} does not say its schema: set {nameof(KafkaWriterOptions)}.{nameof(KafkaWriterOptions.Schema)}.");
        }

        var contract = typeof(T).GetCustomAttribute<DataContractAttribute>();
        var builder = new SchemaBuilder(
            options.RecordName ?? contract?.Name ?? typeof(T).Name,
            options.RecordNamespace ?? contract?.Namespace ?? typeof(T).Namespace,
            $"type {typeof(T).Name}");
        var nullability = new NullabilityInfoContext();
        foreach ((string name, PropertyInfo property) in Properties())
        {
            builder.Add(name, property.PropertyType, nullability.Create(property).ReadState == NullabilityState.Nullable);
        }

        return builder.Build();
    }

    /// <summary>The code that writes a record, compiled once.</summary>
    /// <exception cref="SchemaException">The type does not fit the schema.</exception>
    public static Action<AvroBuffer, T> CompileEncoder(RecordSchema schema)
    {
        if (IsAvroRecord)
        {
            return AvroRecordEncoder(schema);
        }

        ParameterExpression buffer = ExpressionTree.Parameter(typeof(AvroBuffer), "buffer");
        ParameterExpression record = ExpressionTree.Parameter(typeof(T), "record");
        Dictionary<string, PropertyInfo> properties = Properties().ToDictionary(p => p.Name, p => p.Property, StringComparer.Ordinal);
        string[] missing = [.. schema.Fields.Select(f => f.Name).Where(name => !properties.ContainsKey(name))];
        if (missing.Length > 0)
        {
            throw new SchemaException($"{typeof(T).Name} has no property for the fields {string.Join(", ", missing)} of {schema.Fullname}: name the properties so, or give them [DataMember(Name = …)].") { Field = missing[0] };
        }

        IEnumerable<ExpressionTree> fields = schema.Fields.Select(field => ValueEncoder.Encode(buffer, ExpressionTree.Property(record, properties[field.Name]), field.Schema, field.Name));
        return ExpressionTree.Lambda<Action<AvroBuffer, T>>(ExpressionTree.Block(typeof(void), fields), buffer, record).Compile();
    }

    private static IEnumerable<(string Name, PropertyInfo Property)> Properties()
        => from property in typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance)
           where property.GetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0
           where property.GetCustomAttribute<IgnoreDataMemberAttribute>() is null
           let member = property.GetCustomAttribute<DataMemberAttribute>()
           orderby member?.Order ?? -1
           select (member?.Name ?? property.Name, property);

    private static RecordSchema? OwnSchema()
        => typeof(T).GetField("_SCHEMA", BindingFlags.Public | BindingFlags.Static)?.GetValue(null) as RecordSchema;

    private static Action<AvroBuffer, T> AvroRecordEncoder(RecordSchema schema)
    {
        var bytes = new MemoryStream();
        var encoder = new BinaryEncoder(bytes);
        DatumWriter<T> writer = typeof(T) == typeof(GenericRecord) ? new GenericDatumWriter<T>(schema) : new SpecificDatumWriter<T>(schema);
        return (buffer, record) =>
        {
            bytes.SetLength(0);
            try
            {
                writer.Write(record, encoder);
            }
            catch (AvroException e)
            {
                throw new SchemaException($"The record does not fit the schema {schema.Fullname}: {e.Message}", e);
            }

            buffer.WriteRaw(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
        };
    }
}
