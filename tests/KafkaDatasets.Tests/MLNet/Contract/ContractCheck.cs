using Microsoft.ML;

namespace KafkaDatasets.Tests.MLNet.Contract;

/// <summary>What the checks share: the view, its rows as the first pass gave them, and what to do when something is amiss.</summary>
internal sealed class ContractCheck(IDataView view, ConformanceOptions options)
{
    public IDataView View => view;

    public DataViewSchema Schema { get; } = view.Schema;

    public ConformanceOptions Options => options;

    /// <summary>The rows of the first pass, with every column.</summary>
    public IReadOnlyList<Row> Rows { get; set; } = [];

    public Pass Open(Func<DataViewSchema.Column, bool>? isWanted = null, Random? random = null) =>
        new(view.GetRowCursor(Schema.Where(c => isWanted is null || isWanted(c)), random), Schema, isWanted);

    public Pass[] OpenSet(int n, Random? random = null) => [.. view.GetRowCursorSet(Schema, n, random).Select(c => new Pass(c, Schema))];

    public void Require(bool condition, Clause clause, string otherwise)
    {
        if (!condition)
        {
            throw new ContractViolation(clause, otherwise);
        }
    }

    /// <summary>Asserts that rows are those of the first pass, in its order.</summary>
    public void RequireSerial(IReadOnlyList<Row> rows, Clause clause, string when)
    {
        for (int i = 0; i < Math.Min(rows.Count, Rows.Count); i++)
        {
            int column = rows[i].Differing(Rows[i]);
            Require(rows[i].Id.Equals(Rows[i].Id), clause == Clause.Repeatability && column < 0 ? Clause.Ids : clause, $"{when}, row {i} has id {rows[i].Id}, not {Rows[i].Id}");
            Require(column < 0, clause, $"{when}, column '{(column < 0 ? "" : Schema[column].Name)}' of row {i} differs: {rows[i]}, not {Rows[i]}");
        }

        Require(rows.Count == Rows.Count, clause, $"{when}, there are {rows.Count} rows, not {Rows.Count}");
    }

    public void RequireThrows(Action action, Clause clause, string otherwise)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            bool isAccident = e is NullReferenceException or IndexOutOfRangeException or InvalidCastException;
            Require(!isAccident || !options.IsStrict, clause, $"{otherwise}; it fails by accident: {e.Message}");
            return;
        }

        throw new ContractViolation(clause, otherwise);
    }

    /// <summary>Runs a check on a thread of its own, within the deadline.</summary>
    public void Within(Clause clause, string what, Action check)
    {
        Task run = Task.Factory.StartNew(check, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            if (!run.Wait(options.Deadline))
            {
                throw new ContractViolation(clause, $"{what}: not done within {options.Deadline}");
            }
        }
        catch (AggregateException e)
        {
            Exception cause = e.GetBaseException();
            throw cause as ContractViolation ?? new ContractViolation(clause, $"{what}: {cause.Message}", cause);
        }
    }
}
