using System.Runtime.InteropServices;
using Microsoft.ML.Data;

namespace KafkaDatasets.Shapes;

/// <summary>Determines which .NET types are collections, and the type of their items.</summary>
internal static class ItemSource
{
    /// <summary>The type of the items of an array, a vector or a sequence; null for other types.</summary>
    public static Type? ItemOf(Type type)
        => type.IsSZArray ? type.GetElementType()
            : Is(type, typeof(VBuffer<>)) ? type.GetGenericArguments()[0]
            : type == typeof(string) ? null
            : Interface(type, typeof(IEnumerable<>))?.GetGenericArguments()[0];

    /// <summary>The type of the values of a dictionary with text keys; null for other types.</summary>
    public static Type? MapValueOf(Type type)
        => Interface(type, typeof(IEnumerable<>))?.GetGenericArguments()[0] is { } pair && Is(pair, typeof(KeyValuePair<,>)) && pair.GetGenericArguments() is [var key, var value] && key == typeof(string)
            && (Interface(type, typeof(IDictionary<,>)) ?? Interface(type, typeof(IReadOnlyDictionary<,>))) is not null
            ? value
            : null;

    public static ItemSource<TSource, TItem> Of<TSource, TItem>()
        => (ItemSource<TSource, TItem>)(object)(typeof(TSource) == typeof(VBuffer<TItem>) ? new Vectors<TItem>()
            : typeof(TSource) == typeof(TItem[]) ? new Arrays<TItem>()
            : typeof(TSource) == typeof(List<TItem>) ? new Lists<TItem>()
            : new Sequences<TSource, TItem>());

    private static bool Is(Type type, Type definition) => type.IsGenericType && type.GetGenericTypeDefinition() == definition;

    private static Type? Interface(Type type, Type definition) => Is(type, definition) ? type : type.GetInterfaces().FirstOrDefault(i => Is(i, definition));

    private sealed class Arrays<TItem> : ItemSource<TItem[], TItem>
    {
        public override int Count(TItem[] source) => source.Length;

        public override bool TryGetSpan(TItem[] source, out ReadOnlySpan<TItem> items)
        {
            items = source;
            return true;
        }
    }

    private sealed class Lists<TItem> : ItemSource<List<TItem>, TItem>
    {
        public override int Count(List<TItem> source) => source.Count;

        public override bool TryGetSpan(List<TItem> source, out ReadOnlySpan<TItem> items)
        {
            items = CollectionsMarshal.AsSpan(source);
            return true;
        }
    }

    private sealed class Vectors<TItem> : ItemSource<VBuffer<TItem>, TItem>
    {
        public override int Count(VBuffer<TItem> source) => source.Length;

        public override bool TryGetSpan(VBuffer<TItem> source, out ReadOnlySpan<TItem> items)
        {
            items = source.GetValues();
            return source.IsDense;
        }

        protected override void WriteOthers(ValueBuffer buffer, VBuffer<TItem> source, Action<ValueBuffer, TItem> write)
        {
            ReadOnlySpan<int> indices = source.GetIndices();
            ReadOnlySpan<TItem> values = source.GetValues();
            for (int i = 0, next = 0; i < source.Length; i++)
            {
                write(buffer, next < indices.Length && indices[next] == i ? values[next++] : default!);
            }
        }
    }

    private sealed class Sequences<TSource, TItem> : ItemSource<TSource, TItem>
    {
        public override int Count(TSource source) => ((IEnumerable<TItem>)source!).Count();

        public override bool TryGetSpan(TSource source, out ReadOnlySpan<TItem> items)
        {
            items = default;
            return false;
        }

        protected override void WriteOthers(ValueBuffer buffer, TSource source, Action<ValueBuffer, TItem> write)
        {
            foreach (TItem item in (IEnumerable<TItem>)source!)
            {
                write(buffer, item);
            }
        }
    }
}
