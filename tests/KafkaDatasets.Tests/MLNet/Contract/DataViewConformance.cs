using KafkaDatasets.Tests.MLNet.Contract.Checks;
using Microsoft.ML;

namespace KafkaDatasets.Tests.MLNet.Contract;

/// <summary>
/// Whether a view keeps to what ML.NET demands of it, written down or not. It knows nothing about the view but the interface;
/// it reads all rows some dozens of times.
/// </summary>
internal static class DataViewConformance
{
    private static readonly (Clause Clause, string What, Action<ContractCheck> Check)[] All =
    [
        (Clause.Schema, "the schema", SchemaChecks.OneSchema),
        (Clause.Annotations, "the annotations", AnnotationChecks.Readable),
        (Clause.Repeatability, "the first pass", PassChecks.First),
        (Clause.Repeatability, "further passes", PassChecks.Again),
        (Clause.RowCount, "the number of rows", PassChecks.Count),
        (Clause.Columns, "some columns", ColumnChecks.Independent),
        (Clause.Getters, "getters", GetterChecks.Refusals),
        (Clause.Getters, "getters outside rows", GetterChecks.OutsideRows),
        (Clause.Buffers, "the getters' buffers", BufferChecks.Owned),
        (Clause.CursorSets, "cursor sets", CursorSetChecks.Complete),
        (Clause.CursorSets, "cursor sets that are left", CursorSetChecks.Left),
        (Clause.Threads, "a cursor that moves between threads", ThreadChecks.Hopping),
        (Clause.Threads, "cursors at the same time", ThreadChecks.SideBySide),
        (Clause.Shuffling, "shuffling", ShuffleChecks.Seeded),
        (Clause.Disposal, "cursors that are left", DisposalChecks.Left),
    ];

    /// <exception cref="ContractViolation">The first fault that was found.</exception>
    public static void Check(IDataView view, ConformanceOptions? options = null)
    {
        var check = new ContractCheck(view, options ?? new ConformanceOptions());
        foreach ((Clause clause, string what, Action<ContractCheck> run) in All)
        {
            check.Within(clause, what, () => run(check));
        }
    }
}
