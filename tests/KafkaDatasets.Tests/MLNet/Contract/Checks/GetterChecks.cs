using Microsoft.ML;
using Microsoft.ML.Data;

namespace KafkaDatasets.Tests.MLNet.Contract.Checks;

internal static class GetterChecks
{
    public static void Refusals(ContractCheck check)
    {
        foreach (DataViewSchema.Column column in check.Schema)
        {
            using DataViewRowCursor without = check.View.GetRowCursor(check.Schema.Where(c => c.Index != column.Index));
            check.RequireThrows(() => GetOwnGetter(without, column), Clause.Getters, $"there is a getter for column '{column.Name}', which is not active");

            using DataViewRowCursor alone = check.View.GetRowCursor([column]);
            RequireRefused<Guid>(check, alone, column);
            RequireRefused<byte>(check, alone, column);
            RequireRefused<float>(check, alone, column);
            RequireRefused<double>(check, alone, column);
            RequireRefused<bool>(check, alone, column);
            RequireRefused<ReadOnlyMemory<char>>(check, alone, column);
            RequireRefused<VBuffer<float>>(check, alone, column);
            RequireRefused<VBuffer<double>>(check, alone, column);
        }
    }

    public static void OutsideRows(ContractCheck check)
    {
        if (!check.Options.IsStrict)
        {
            return;
        }

        using DataViewRowCursor cursor = check.View.GetRowCursor(check.Schema);
        ColumnProbe[] probes = [.. check.Schema.Select(c => ColumnProbe.Of(cursor, c))];
        ValueGetter<DataViewRowId> id = cursor.GetIdGetter();
        RequireNothing("before the first row");
        while (cursor.MoveNext())
        {
        }

        RequireNothing("after the last row");

        void RequireNothing(string when)
        {
            foreach (DataViewSchema.Column column in check.Schema)
            {
                check.RequireThrows(() => probes[column.Index].Read(), Clause.Getters, $"the getter of column '{column.Name}' gives a value {when}");
            }

            check.RequireThrows(
                () =>
                {
                    DataViewRowId value = default;
                    id(ref value);
                },
                Clause.Getters,
                $"the id getter gives a value {when}");
        }
    }

    private static void GetOwnGetter(DataViewRowCursor cursor, DataViewSchema.Column column)
    {
        try
        {
            ColumnProbe.Of(cursor, column);
        }
        catch (ContractViolation e) when (e.InnerException is { } cause)
        {
            throw cause;
        }
    }

    private static void RequireRefused<T>(ContractCheck check, DataViewRowCursor cursor, DataViewSchema.Column column)
    {
        if (column.Type.RawType != typeof(T))
        {
            check.RequireThrows(() => cursor.GetGetter<T>(column), Clause.Getters, $"there is a getter of {typeof(T)} for column '{column.Name}', which is of type {column.Type}");
        }
    }
}
