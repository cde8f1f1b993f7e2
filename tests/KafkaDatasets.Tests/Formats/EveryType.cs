using System.Buffers.Binary;
using System.Text;
using KafkaDatasets.Decoding;
using KafkaDatasets.Rows;
using KafkaDatasets.Schemas;

namespace KafkaDatasets.Tests.Formats;

/// <summary>
/// A format with a column of each type: as a scalar (<c>Int8</c>), a vector of two (<c>Int8.pair</c>), and one of any size (<c>Int8.list</c>).
/// Its values are a number n of four bytes, from which everything follows.
/// </summary>
internal sealed class EveryType : IRecordFormat
{
    private static readonly string[] Symbols = ["zero", "one", "two"];

    public static RecordFormat Format { get; } = new RecordFormat.BareFormat("test", _ => new EveryType());

    public static byte[] Encode(int n) => BitConverter.GetBytes(n);

    public DatasetSchema Schema { get; } = new("EveryType", Enum.GetValues<ColumnType>().SelectMany(Columns), new Dictionary<string, string>());

    public string Source => "nowhere";

    public PartPlan Compile(SchemaDocument? writer, PartLayout layout) => new Plan(layout);

    /// <summary>The number n as a value of a type, as ML.NET has it; every seventh is missing.</summary>
    public static object Expected(ColumnType type, int n) => (type, n % 7 == 6) switch
    {
        (ColumnType.Boolean, var missing) => !missing && n % 2 == 1,
        (ColumnType.Int8, var missing) => missing ? (sbyte)0 : (sbyte)(n % 256 - 128),
        (ColumnType.UInt8, var missing) => missing ? (byte)0 : (byte)(n % 256),
        (ColumnType.Int16, var missing) => missing ? (short)0 : (short)(n - 32768),
        (ColumnType.UInt16, var missing) => missing ? (ushort)0 : (ushort)(65535 - n),
        (ColumnType.Int32, var missing) => missing ? 0 : int.MinValue + n,
        (ColumnType.UInt32, var missing) => missing ? 0u : uint.MaxValue - (uint)n,
        (ColumnType.Int64, var missing) => missing ? 0L : long.MinValue + n,
        (ColumnType.UInt64, var missing) => missing ? 0ul : ulong.MaxValue - (ulong)n,
        (ColumnType.Single, var missing) => missing ? float.NaN : n / 3f,
        (ColumnType.Double, var missing) => missing ? double.NaN : n / 3d,
        (ColumnType.Text, var missing) => missing ? "" : $"n is {n} ü",
        (ColumnType.Key, var missing) => missing ? 0u : (uint)(n % 3) + 1,
        (ColumnType.DateTime, var missing) => missing ? DateTime.MinValue : DateTime.MaxValue.AddSeconds(-n),
        (ColumnType.DateTimeOffset, var missing) => missing ? DateTimeOffset.MinValue : DateTimeOffset.UnixEpoch.AddDays(n),
        (ColumnType.TimeSpan, var missing) => missing ? TimeSpan.MinValue : TimeSpan.FromMinutes(-n),
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    /// <summary>The items of the list of a row.</summary>
    public static int[] Items(int n) => [.. Enumerable.Range(n, n % 5 == 0 ? 0 : n % 5 == 4 ? 40 : n % 5)];

    private static IEnumerable<DatasetColumn> Columns(ColumnType type)
    {
        IReadOnlyList<string>? values = type == ColumnType.Key ? Symbols : null;
        yield return new DatasetColumn($"{type}", type, KeyValues: values);
        yield return new DatasetColumn($"{type}.pair", type, KeyValues: values) { IsVector = true, Size = 2 };
        yield return new DatasetColumn($"{type}.list", type, KeyValues: values) { IsVector = true };
    }

    private sealed class Plan(PartLayout layout) : PartPlan(layout)
    {
        private readonly ILookup<string, ColumnTarget> _targets = layout.Targets;

        protected override void Read(ReadOnlySpan<byte> value, RowBlock block, ref string? field)
        {
            if (value.Length != sizeof(int))
            {
                throw new MalformedValueException("no n");
            }

            int n = BinaryPrimitives.ReadInt32LittleEndian(value);
            foreach (ColumnType type in Enum.GetValues<ColumnType>())
            {
                field = $"{type}";
                Store(type, n, [.. _targets[field]], block);
                StoreList(type, $"{type}.pair", [n, n + 1], n, block);
                StoreList(type, $"{type}.list", Items(n), n, block);
            }
        }

        private void StoreList(ColumnType type, string column, int[] items, int n, RowBlock block)
        {
            ColumnTarget[] targets = [.. _targets[column]];
            if (n % 11 == 10)
            {
                targets.StoreMissingList(block);
                return;
            }

            targets.BeginList(block);
            foreach (int item in items)
            {
                Store(type, item, targets, block);
            }

            targets.EndList(block);
        }

        private static void Store(ColumnType type, int n, ColumnTarget[] targets, RowBlock block)
        {
            if (n % 7 == 6)
            {
                targets.StoreMissing(block);
                return;
            }

            switch (Expected(type, n))
            {
                case bool b:
                    targets.StoreInteger(b ? 1L : 0L, block);
                    break;
                case ulong u:
                    targets.StoreInteger(u, block);
                    break;
                case float f:
                    targets.StoreNumber(f, block);
                    break;
                case double d:
                    targets.StoreNumber(d, block);
                    break;
                case string s:
                    targets.StoreText(Encoding.UTF8.GetBytes(s), block);
                    break;
                case uint key when type == ColumnType.Key:
                    targets.StoreSymbol((int)key - 1, default, block);
                    break;
                case DateTime t:
                    targets.StoreTicks(t.Ticks, block);
                    break;
                case DateTimeOffset t:
                    targets.StoreTicks(t.UtcTicks, block);
                    break;
                case TimeSpan t:
                    targets.StoreTicks(t.Ticks, block);
                    break;
                case var integer:
                    targets.StoreInteger(Convert.ToInt64(integer), block);
                    break;
            }
        }
    }
}
