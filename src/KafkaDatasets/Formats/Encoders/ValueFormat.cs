using System.Diagnostics;
using System.Linq.Expressions;
using System.Reflection;
using Confluent.SchemaRegistry;
using KafkaDatasets.Diagnostics;
using KafkaDatasets.Shapes;

namespace KafkaDatasets.Formats.Encoders;

/// <summary>A write format: its schema documents, and encoders of .NET values that are built once per field.</summary>
internal abstract class ValueFormat
{
    /// <summary>The capabilities of the format.</summary>
    public abstract FormatTraits Traits { get; }

    /// <summary>The format's name in messages.</summary>
    public string Name => Traits.Name;

    /// <summary>The registry's type of the format's schemas, or null when the format has none.</summary>
    public virtual SchemaType? SchemaType => null;

    /// <summary>The bytes between the schema's id and the value.</summary>
    public virtual ReadOnlySpan<byte> AfterId => [];

    /// <summary>Returns the shape of the rows: derived from the type or the view, or limited to a given schema.</summary>
    /// <param name="schema">The given schema, or null.</param>
    /// <param name="derive">Derives the shape with the wanted fields.</param>
    /// <exception cref="SchemaException">The schema is invalid.</exception>
    public virtual RecordShape Shape(string? schema, Func<FieldFilter, RecordShape> derive) => derive(static _ => true);

    /// <summary>Returns the schema document of a shape.</summary>
    public virtual string Document(RecordShape shape) => "";

    /// <summary>Starts a record.</summary>
    public virtual void Open(ValueBuffer buffer)
    {
    }

    /// <summary>Ends a record.</summary>
    public virtual void Close(ValueBuffer buffer)
    {
    }

    /// <summary>Builds the encoder of one field, which also writes the field's name if the format has names.</summary>
    /// <exception cref="SchemaException">Values of this .NET type cannot be written as the field's type.</exception>
    public abstract Action<ValueBuffer, TValue> Field<TValue>(RowField field, string path);

    /// <summary>Builds the encoder of a record whose fields are properties, or columns of a view.</summary>
    /// <exception cref="SchemaException">A field has no property, or its values cannot be written as the field's type.</exception>
    public Action<ValueBuffer, TRecord> Record<TRecord>(RecordShape shape, string path)
        => typeof(TRecord) == typeof(ColumnGroup) ? (Action<ValueBuffer, TRecord>)(object)(Action<ValueBuffer, ColumnGroup>)Columns : Properties<TRecord>(shape, path);

    private void Columns(ValueBuffer buffer, ColumnGroup record)
    {
        Open(buffer);
        record.Encode(buffer);
        Close(buffer);
    }

    private Action<ValueBuffer, TRecord> Properties<TRecord>(RecordShape shape, string path)
    {
        Dictionary<string, PropertyInfo> properties = TypeMembers.Of(typeof(TRecord)).ToDictionary(m => m.Name, m => m.Property, StringComparer.Ordinal);
        string[] missing = [.. shape.Fields.Select(f => f.Name).Where(name => !properties.ContainsKey(name))];
        if (missing.Length > 0)
        {
            throw new SchemaException($"{typeof(TRecord).Name} has no property for the fields {string.Join(", ", missing.Select(name => SimilarNames.WithHint(name, properties.Keys)))} of {shape.FullName}: rename the properties, or give them [DataMember(Name = …)].") { Field = missing[0] };
        }

        Action<ValueBuffer, TRecord>[] members = [.. shape.Fields.Select(field => Member<TRecord>(properties[field.Name], field, path))];
        return (buffer, record) =>
        {
            Open(buffer);
            foreach (Action<ValueBuffer, TRecord> member in members)
            {
                member(buffer, record);
            }

            Close(buffer);
        };
    }

    /// <summary>Builds the encoder of one property of a record.</summary>
    public Action<ValueBuffer, TRecord> Member<TRecord>(PropertyInfo property, RowField field, string path)
        => (Action<ValueBuffer, TRecord>)Build(nameof(MemberOf), [typeof(TRecord), property.PropertyType], property, field, path.Length == 0 ? field.Name : $"{path}.{field.Name}");

    /// <summary>Builds the encoder of values that may be null if the .NET type allows it.</summary>
    protected Action<ValueBuffer, TValue> Value<TValue>(FieldType type, string path)
    {
        if (Nullable.GetUnderlyingType(typeof(TValue)) is { } underlying)
        {
            return (Action<ValueBuffer, TValue>)Build(nameof(NullableValue), [underlying], type, path);
        }

        Action<ValueBuffer, TValue> some = Some(type, Plain<TValue>(type, path));
        if (typeof(TValue).IsValueType)
        {
            return some;
        }

        Action<ValueBuffer> none = type.IsKey ? static buffer => buffer.WriteNull() : None(type, path);
        return (buffer, value) =>
        {
            if (value is null)
            {
                none(buffer);
            }
            else
            {
                some(buffer, value);
            }
        };
    }

    /// <summary>Wraps an encoder of non-null values, for formats that write a prefix before them.</summary>
    protected virtual Action<ValueBuffer, TValue> Some<TValue>(FieldType type, Action<ValueBuffer, TValue> write) => write;

    /// <summary>Builds the code that writes null.</summary>
    protected abstract Action<ValueBuffer> None(FieldType type, string path);

    /// <summary>Returns an <see cref="Action{T1, T2}"/> that writes scalars, passed in the .NET type of <see cref="ScalarKind"/>.</summary>
    protected abstract Delegate Scalar(ScalarType type, string path);

    /// <summary>Builds the encoder of an enum, passed as the symbol's ordinal.</summary>
    protected abstract Action<ValueBuffer, int> Symbol(EnumType type);

    protected abstract Action<ValueBuffer, TSource> List<TSource, TItem>(FieldType item, ItemSource<TSource, TItem> items, string path);

    protected abstract Action<ValueBuffer, TSource> Map<TSource, TItem>(FieldType value, ItemSource<TSource, KeyValuePair<string, TItem>> items, string path);

    /// <summary>Builds the encoder of a nested record.</summary>
    protected virtual Action<ValueBuffer, TRecord> Nested<TRecord>(RecordShape record, string path) => Record<TRecord>(record, path);

    /// <summary>Builds the encoder of a non-null value.</summary>
    protected Action<ValueBuffer, TValue> Plain<TValue>(FieldType type, string path) => type switch
    {
        ScalarType scalar => Converted<TValue>(scalar, path),
        EnumType symbols => Ordinal<TValue>(symbols, path),
        MapType map when ItemSource.MapValueOf(typeof(TValue)) is { } value => (Action<ValueBuffer, TValue>)Build(nameof(MapOf), [typeof(TValue), value], map.Value, path),
        ListType list when ItemSource.ItemOf(typeof(TValue)) is { } item => (Action<ValueBuffer, TValue>)Build(nameof(ListOf), [typeof(TValue), item], list.Item, path),
        RecordShape record when TypeShape.KindOf(typeof(TValue)) is null && ItemSource.ItemOf(typeof(TValue)) is null => Nested<TValue>(record, path),
        _ => throw DoesNotFit<TValue>(type, path),
    };

    protected SchemaException DoesNotFit<TValue>(FieldType type, string path)
        => new($"Field '{path}': a value of type {TypeName(typeof(TValue))} cannot be written as {Describe(type)} in {Name}.") { Field = path };

    protected SchemaException NoValue(string path)
        => new($"Field '{path}' is null, but its {Name} type does not allow null: make the field nullable, or leave the row out.") { Field = path };

    protected Delegate Build(string method, Type[] types, params object[] arguments)
        => (Delegate)typeof(ValueFormat).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Instance)!.MakeGenericMethod(types).Invoke(this, BindingFlags.DoNotWrapExceptions, null, arguments, null)!;

    private Action<ValueBuffer, TRecord> MemberOf<TRecord, TValue>(PropertyInfo property, RowField field, string path)
    {
        ParameterExpression record = Expression.Parameter(typeof(TRecord));
        Func<TRecord, TValue> get = Expression.Lambda<Func<TRecord, TValue>>(Expression.Property(record, property), record).Compile();
        Action<ValueBuffer, TValue> write = Field<TValue>(field, path);
        return (buffer, row) => write(buffer, get(row));
    }

    private Action<ValueBuffer, TValue?> NullableValue<TValue>(FieldType type, string path)
        where TValue : struct
    {
        Action<ValueBuffer, TValue> some = Some(type, Plain<TValue>(type, path));
        Action<ValueBuffer> none = type.IsKey ? static buffer => buffer.WriteNull() : None(type, path);
        return (buffer, value) =>
        {
            if (value is { } it)
            {
                some(buffer, it);
            }
            else
            {
                none(buffer);
            }
        };
    }

    private Action<ValueBuffer, TValue> Converted<TValue>(ScalarType type, string path)
    {
        Delegate write = Scalar(type, path);
        Delegate convert = Conversions.Find(typeof(TValue), type.Kind) ?? throw DoesNotFit<TValue>(type, path);
        return write as Action<ValueBuffer, TValue> ?? (Action<ValueBuffer, TValue>)Build(nameof(Compose), convert.GetType().GetGenericArguments(), convert, write);
    }

    private Action<ValueBuffer, TFrom> Compose<TFrom, TTo>(Func<TFrom, TTo> convert, Action<ValueBuffer, TTo> write) => (buffer, value) => write(buffer, convert(value));

    private Action<ValueBuffer, TValue> Ordinal<TValue>(EnumType type, string path)
    {
        Action<ValueBuffer, int> write = Symbol(type);
        Func<TValue, int> ordinal = new SymbolOrdinals(type, path).Of<TValue>() ?? throw DoesNotFit<TValue>(type, path);
        return (buffer, value) => write(buffer, ordinal(value));
    }

    private Action<ValueBuffer, TSource> ListOf<TSource, TItem>(FieldType item, string path) => List(item, ItemSource.Of<TSource, TItem>(), path);

    private Action<ValueBuffer, TSource> MapOf<TSource, TItem>(FieldType value, string path) => Map(value, ItemSource.Of<TSource, KeyValuePair<string, TItem>>(), path);

    private static string Describe(FieldType type) => type switch
    {
        ScalarType { FixedSize: { } size } => $"{size} bytes",
        ScalarType scalar => scalar.Kind.ToString(),
        EnumType symbols => $"enum {symbols.Name}",
        ListType list => $"a list of {Describe(list.Item)}",
        MapType map => $"a map of {Describe(map.Value)}",
        RecordShape record => $"record {record.FullName}",
        _ => throw new UnreachableException(),
    };

    private static string TypeName(Type type)
        => type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(TypeName))}>" : type.Name;
}
