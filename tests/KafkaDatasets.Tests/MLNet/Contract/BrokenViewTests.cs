using KafkaDatasets.Tests.MLNet.Contract.Broken;
using Xunit;

namespace KafkaDatasets.Tests.MLNet.Contract;

/// <summary>The conformance suite finds what it is there to find.</summary>
public sealed class BrokenViewTests
{
    private static readonly Dictionary<Fault, Clause> Found = new()
    {
        [Fault.SchemaMadeAnew] = Clause.Schema,
        [Fault.CursorSchemaOfItsOwn] = Clause.Schema,
        [Fault.KeyTooLarge] = Clause.Schema,
        [Fault.SlotNamesTooFew] = Clause.Annotations,
        [Fault.SlotNamesShared] = Clause.Annotations,
        [Fault.CountTooLow] = Clause.RowCount,
        [Fault.CountTooHigh] = Clause.RowCount,
        [Fault.OrderVaries] = Clause.Repeatability,
        [Fault.ValuesVary] = Clause.Repeatability,
        [Fault.EndVaries] = Clause.Repeatability,
        [Fault.PositionStartsAtZero] = Clause.Position,
        [Fault.PositionStaysAtTheEnd] = Clause.Position,
        [Fault.PositionSkips] = Clause.Position,
        [Fault.StartsAgain] = Clause.End,
        [Fault.IdsTwice] = Clause.Ids,
        [Fault.IdsVary] = Clause.Ids,
        [Fault.IdsOfASetDiffer] = Clause.Ids,
        [Fault.RowsDependOnColumns] = Clause.Columns,
        [Fault.ValuesDependOnColumns] = Clause.Columns,
        [Fault.NoRowsWithoutColumns] = Clause.Columns,
        [Fault.AllColumnsActive] = Clause.Columns,
        [Fault.GetterOfInactiveColumn] = Clause.Getters,
        [Fault.GetterOfWrongTypeIsNull] = Clause.Getters,
        [Fault.GetterBeforeTheFirstRow] = Clause.Getters,
        [Fault.GetterAfterTheLastRow] = Clause.Getters,
        [Fault.ArrayOfTheLastRow] = Clause.Buffers,
        [Fault.ArrayOfTheView] = Clause.Buffers,
        [Fault.ArrayNotCleared] = Clause.Buffers,
        [Fault.TextOfTheLastRow] = Clause.Buffers,
        [Fault.GetterGoodOnce] = Clause.Buffers,
        [Fault.BatchNegative] = Clause.Batches,
        [Fault.BatchDescends] = Clause.Batches,
        [Fault.BatchesInTwoCursors] = Clause.Batches,
        [Fault.BatchesInWrongOrder] = Clause.Batches,
        [Fault.TooManyCursors] = Clause.CursorSets,
        [Fault.NoCursor] = Clause.CursorSets,
        [Fault.SetOverlaps] = Clause.CursorSets,
        [Fault.SetMisses] = Clause.CursorSets,
        [Fault.SetStopsWhenOneIsNotRead] = Clause.CursorSets,
        [Fault.SetEndsWithItsFirst] = Clause.CursorSets,
        [Fault.BoundToAThread] = Clause.Threads,
        [Fault.CursorsShareARow] = Clause.Threads,
        [Fault.ShuffleLosesRows] = Clause.Shuffling,
        [Fault.ShuffleChangesIds] = Clause.Shuffling,
        [Fault.ShuffleHasNoSeed] = Clause.Shuffling,
        [Fault.ShuffleDrawsLate] = Clause.Shuffling,
        [Fault.ShuffleIsNone] = Clause.Shuffling,
        [Fault.ShufflesUnasked] = Clause.Shuffling,
        [Fault.MovesAfterDisposal] = Clause.Disposal,
        [Fault.DisposalThrows] = Clause.Disposal,
    };

    public static TheoryData<string> Faults => [.. Enum.GetValues<Fault>().Except([Fault.None]).Select(f => f.ToString())];

    [Fact]
    public void The_view_without_a_fault_conforms() => DataViewConformance.Check(new BrokenView(Fault.None));

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_planted_fault_is_found(string name)
    {
        Fault fault = Enum.Parse<Fault>(name);
        var options = fault == Fault.SetStopsWhenOneIsNotRead ? new ConformanceOptions { Deadline = TimeSpan.FromSeconds(3) } : new ConformanceOptions();
        var violation = Assert.Throws<ContractViolation>(() => DataViewConformance.Check(new BrokenView(fault), options));
        Assert.Equal((Found[fault], violation.Message), (violation.Clause, violation.Message));
    }
}
