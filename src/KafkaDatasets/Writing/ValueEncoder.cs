using System.Linq.Expressions;
using System.Reflection;
using Avro;
using Microsoft.ML.Data;
using ExpressionTree = System.Linq.Expressions.Expression;

namespace KafkaDatasets.Writing;

/// <summary>Builds the code that writes a .NET value as a given Avro type. The types are compared once, when it is built.</summary>
internal static class ValueEncoder
{
    private static readonly Dictionary<Schema.Type, (string Method, Type Argument, Type[] From)> Primitives = new()
    {
        [Schema.Type.Boolean] = (nameof(AvroBuffer.WriteBoolean), typeof(bool), [typeof(bool)]),
        [Schema.Type.Int] = (nameof(AvroBuffer.WriteLong), typeof(long), [typeof(sbyte), typeof(byte), typeof(short), typeof(ushort), typeof(int)]),
        [Schema.Type.Long] = (nameof(AvroBuffer.WriteLong), typeof(long), [typeof(sbyte), typeof(byte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(ulong)]),
        [Schema.Type.Float] = (nameof(AvroBuffer.WriteFloat), typeof(float), [typeof(float), typeof(sbyte), typeof(byte), typeof(short), typeof(ushort)]),
        [Schema.Type.Double] = (nameof(AvroBuffer.WriteDouble), typeof(double), [typeof(double), typeof(float), typeof(sbyte), typeof(byte), typeof(short), typeof(ushort), typeof(int), typeof(uint)]),
        [Schema.Type.Bytes] = (nameof(AvroBuffer.WriteBytes), typeof(byte[]), [typeof(byte[])]),
    };

    /// <summary>A delegate that writes values of one type.</summary>
    /// <exception cref="SchemaException">The type cannot be written as that Avro type.</exception>
    public static Action<AvroBuffer, TValue> Compile<TValue>(Schema schema, string field)
    {
        if (typeof(TValue) == typeof(VBuffer<float>) && schema is ArraySchema { ItemSchema.Tag: Schema.Type.Float })
        {
            return (Action<AvroBuffer, TValue>)(object)(Action<AvroBuffer, VBuffer<float>>)WriteFloatVector;
        }

        ParameterExpression buffer = ExpressionTree.Parameter(typeof(AvroBuffer), "buffer");
        ParameterExpression value = ExpressionTree.Parameter(typeof(TValue), "value");
        return ExpressionTree.Lambda<Action<AvroBuffer, TValue>>(Encode(buffer, value, schema, field), buffer, value).Compile();
    }

    /// <summary>The code that writes <paramref name="value"/>, which it evaluates once.</summary>
    /// <exception cref="SchemaException">The type cannot be written as that Avro type.</exception>
    public static ExpressionTree Encode(ParameterExpression buffer, ExpressionTree value, Schema schema, string field)
    {
        if (CanBeNull(value.Type))
        {
            ParameterExpression local = ExpressionTree.Variable(value.Type, field);
            ExpressionTree some = value.Type.IsValueType ? ExpressionTree.Property(local, nameof(Nullable<>.Value)) : local;
            return ExpressionTree.Block(
                [local],
                ExpressionTree.Assign(local, value),
                ExpressionTree.IfThenElse(
                    ExpressionTree.Equal(local, ExpressionTree.Constant(null, value.Type)),
                    EncodeNull(buffer, schema, field),
                    EncodeSome(buffer, some, schema, field)));
        }

        return EncodeSome(buffer, value, schema, field);
    }

    /// <summary>The branch of a union that is not null, with its index, or the schema itself.</summary>
    /// <exception cref="SchemaException">The union has several branches beside null.</exception>
    public static (Schema Branch, int? Index, int? NullIndex) Unwrap(Schema schema, string field)
    {
        if (schema is not UnionSchema union)
        {
            return (schema, null, null);
        }

        int[] some = [.. Enumerable.Range(0, union.Count).Where(i => union[i].Tag != Schema.Type.Null)];
        int nullIndex = Enumerable.Range(0, union.Count).FirstOrDefault(i => union[i].Tag == Schema.Type.Null, -1);
        return some.Length == 1
            ? (union[some[0]], some[0], nullIndex < 0 ? null : nullIndex)
            : throw new SchemaException($"Field '{field}' is a union of {union.Count} types: only a union of null and one other type can be written.") { Field = field };
    }

    public static SchemaException NoValue(string field)
        => new($"Field '{field}' has no value, and its Avro type does not allow null: make it a union with null, or leave the row out.") { Field = field };

    private static bool CanBeNull(Type type) => !type.IsValueType || Nullable.GetUnderlyingType(type) is not null;

    private static ExpressionTree EncodeNull(ParameterExpression buffer, Schema schema, string field)
        => Unwrap(schema, field).NullIndex is { } index
            ? WriteIndex(buffer, index)
            : ExpressionTree.Throw(ExpressionTree.Call(typeof(ValueEncoder), nameof(NoValue), null, ExpressionTree.Constant(field)));

    private static ExpressionTree EncodeSome(ParameterExpression buffer, ExpressionTree value, Schema schema, string field)
    {
        (Schema branch, int? index, _) = Unwrap(schema, field);
        ExpressionTree write = EncodeBranch(buffer, value, branch, field)
            ?? throw new SchemaException($"Field '{field}': a value of type {TypeName(value.Type)} cannot be written as Avro {branch}.") { Field = field };
        return index is { } i ? ExpressionTree.Block(WriteIndex(buffer, i), write) : write;
    }

    private static MethodCallExpression WriteIndex(ParameterExpression buffer, int index)
        => ExpressionTree.Call(buffer, nameof(AvroBuffer.WriteLong), null, ExpressionTree.Constant((long)index));

    private static ExpressionTree? EncodeBranch(ParameterExpression buffer, ExpressionTree value, Schema schema, string field)
    {
        Type type = value.Type;
        if (Primitives.TryGetValue(schema.Tag, out (string Method, Type Argument, Type[] From) primitive))
        {
            return primitive.From.Contains(type)
                ? ExpressionTree.Call(buffer, primitive.Method, null, type == primitive.Argument ? value : ExpressionTree.ConvertChecked(value, primitive.Argument))
                : null;
        }

        return schema switch
        {
            { Tag: Schema.Type.String } when type == typeof(string) => ExpressionTree.Call(buffer, nameof(AvroBuffer.WriteString), null, value),
            { Tag: Schema.Type.String } when type == typeof(ReadOnlyMemory<char>) => ExpressionTree.Call(buffer, nameof(AvroBuffer.WriteText), null, value),
            EnumSchema symbols when Ordinal(value, new SymbolOrdinals(symbols, field)) is { } ordinal
                => ExpressionTree.Call(buffer, nameof(AvroBuffer.WriteLong), null, ExpressionTree.Convert(ordinal, typeof(long))),
            ArraySchema array when type.IsSZArray => EncodeItems(nameof(ArrayEncoder.WriteArray), type.GetElementType()!, buffer, value, array, field),
            ArraySchema array when IsVector(type) => EncodeItems(nameof(ArrayEncoder.WriteVector), type.GetGenericArguments()[0], buffer, value, array, field),
            _ => null,
        };
    }

    private static ExpressionTree? Ordinal(ExpressionTree value, SymbolOrdinals ordinals)
    {
        ExpressionTree target = ExpressionTree.Constant(ordinals);
        if (value.Type.IsEnum)
        {
            var of = (Delegate)typeof(SymbolOrdinals).GetMethod(nameof(SymbolOrdinals.Of))!.MakeGenericMethod(value.Type).Invoke(ordinals, BindingFlags.DoNotWrapExceptions, null, null, null)!;
            return ExpressionTree.Invoke(ExpressionTree.Constant(of), value);
        }

        return value.Type == typeof(string) ? ExpressionTree.Call(target, nameof(SymbolOrdinals.OfString), null, value)
            : value.Type == typeof(ReadOnlyMemory<char>) ? ExpressionTree.Call(target, nameof(SymbolOrdinals.OfText), null, value)
            : null;
    }

    private static MethodCallExpression EncodeItems(string method, Type item, ParameterExpression buffer, ExpressionTree value, ArraySchema schema, string field)
    {
        object write = typeof(ValueEncoder).GetMethod(nameof(Compile))!.MakeGenericMethod(item).Invoke(null, BindingFlags.DoNotWrapExceptions, null, [schema.ItemSchema, field], null)!;
        return ExpressionTree.Call(typeof(ArrayEncoder), method, [item], buffer, value, ExpressionTree.Constant(write));
    }

    private static void WriteFloatVector(AvroBuffer buffer, VBuffer<float> vector)
    {
        if (!vector.IsDense)
        {
            ArrayEncoder.WriteVector(buffer, vector, static (b, item) => b.WriteFloat(item));
            return;
        }

        if (vector.Length > 0)
        {
            buffer.WriteLong(vector.Length);
            buffer.WriteFloats(vector.GetValues());
        }

        buffer.WriteByte(0);
    }

    private static bool IsVector(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(VBuffer<>);

    private static string TypeName(Type type)
        => type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(TypeName))}>" : type.Name;
}
