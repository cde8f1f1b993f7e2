using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Tests.MLNet.Contract.Broken;

/// <summary>A view in memory that keeps to the contract but for one fault.</summary>
internal sealed class BrokenView : IDataView
{
    public const int Rows = 1000;
    private const int BatchRows = 64;

    private static readonly string[] Slots = ["a", "b", "c"];
    private static readonly string[] Classes = ["x", "y", "z"];

    private readonly DataViewSchema _schema;
    private readonly ReadOnlyMemory<char>[] _shared = [.. Slots.Select(s => s.AsMemory())];

    public BrokenView(Fault fault)
    {
        Fault = fault;
        _schema = MakeSchema();
    }

    public Fault Fault { get; }

    public DataViewSchema Schema => Fault == Fault.SchemaMadeAnew ? MakeSchema() : _schema;

    public bool CanShuffle => Fault != Fault.ShufflesUnasked;

    /// <summary>How many cursors have been opened.</summary>
    public int Cursors { get; private set; }

    /// <summary>The row that cursors share under <see cref="Fault.CursorsShareARow"/>.</summary>
    public int SharedRow { get; set; }

    public float[][] Arrays { get; } = [.. Enumerable.Range(0, Rows).Select(r => new float[] { r, -r, 0 })];

    public long? GetRowCount() => Fault switch
    {
        Fault.CountTooLow => Rows - 1,
        Fault.CountTooHigh => Rows + 1,
        _ => Rows,
    };

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        Cursors++;
        bool[] active = Active(columnsNeeded);
        if (Fault == Fault.NoRowsWithoutColumns && !active.Contains(true))
        {
            throw new InvalidOperationException("no columns");
        }

        return new BrokenCursor(this, active, Order(active, rand), _ => 0);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        bool[] active = Active(columnsNeeded);
        int count = Fault switch
        {
            Fault.TooManyCursors => n + 1,
            Fault.NoCursor => 0,
            _ => n < 1 ? 2 : n,
        };
        var turn = new Turn();
        return [.. Enumerable.Range(0, count).Select(i => new BrokenCursor(this, active, Part(i, count).GetEnumerator(), Batch(i), i, turn))];
    }

    private Func<int, long> Batch(int cursor) => Fault switch
    {
        Fault.BatchesInTwoCursors => _ => 0,
        Fault.BatchesInWrongOrder => row => row / BatchRows + (cursor == 0 ? 2 * Rows : 0),
        _ => row => row / BatchRows,
    };

    private IEnumerable<int> Part(int cursor, int count)
    {
        for (int row = 0; row < Rows; row++)
        {
            int owner = row / BatchRows % count;
            if (owner == cursor
                ? Fault != Fault.SetMisses || row != 700
                : Fault == Fault.SetOverlaps && row % BatchRows == 0 && row > 0)
            {
                yield return row;
            }
        }
    }

    private IEnumerator<int> Order(bool[] active, Random? rand)
    {
        IEnumerable<int> rows = Enumerable.Range(0, Rows);
        if (Fault == Fault.OrderVaries && Cursors % 2 == 0)
        {
            rows = rows.Select(r => r ^ 1);
        }
        else if (Fault == Fault.EndVaries && Cursors % 2 == 0)
        {
            rows = rows.SkipLast(1);
        }
        else if (Fault == Fault.RowsDependOnColumns && !active[0])
        {
            rows = rows.Where(r => r != 500);
        }

        return rand is null || Fault == Fault.ShuffleIsNone ? rows.GetEnumerator()
            : Fault == Fault.ShuffleDrawsLate ? Shuffled(rows, rand)
            : Shuffled(rows, new Random(Fault == Fault.ShuffleHasNoSeed ? Cursors : rand.Next()));
    }

    private IEnumerator<int> Shuffled(IEnumerable<int> rows, Random random)
    {
        int[] order = [.. rows.Skip(Fault == Fault.ShuffleLosesRows ? 1 : 0)];
        random.Shuffle(order);
        foreach (int row in order)
        {
            yield return row;
        }
    }

    private static bool[] Active(IEnumerable<DataViewSchema.Column> columns)
    {
        var active = new bool[6];
        foreach (DataViewSchema.Column column in columns)
        {
            active[column.Index] = true;
        }

        return active;
    }

    public DataViewSchema MakeSchema()
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn("Number", NumberDataViewType.Int32);
        builder.AddColumn("X", NumberDataViewType.Single);
        builder.AddColumn("Name", TextDataViewType.Instance);
        builder.AddColumn("Features", new VectorDataViewType(NumberDataViewType.Single, Slots.Length), Texts("SlotNames", Fault == Fault.SlotNamesTooFew ? Slots[1..] : Slots));
        builder.AddColumn("Class", new KeyDataViewType(typeof(uint), Classes.Length), Texts("KeyValues", Classes));
        builder.AddColumn("Flag", BooleanDataViewType.Instance);
        return builder.ToSchema();
    }

    private DataViewSchema.Annotations Texts(string name, string[] texts)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        ValueGetter<VBuffer<ReadOnlyMemory<char>>> getter = Fault == Fault.SlotNamesShared && name == "SlotNames"
            ? (ref VBuffer<ReadOnlyMemory<char>> value) => value = new VBuffer<ReadOnlyMemory<char>>(_shared.Length, _shared)
            : (ref VBuffer<ReadOnlyMemory<char>> value) => value = new VBuffer<ReadOnlyMemory<char>>(texts.Length, [.. texts.Select(t => t.AsMemory())]);
        builder.Add(name, new VectorDataViewType(TextDataViewType.Instance, texts.Length), getter);
        return builder.ToAnnotations();
    }
}
