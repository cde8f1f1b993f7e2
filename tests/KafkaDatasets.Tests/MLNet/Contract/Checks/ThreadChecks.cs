using System.Collections.Concurrent;

namespace KafkaDatasets.Tests.MLNet.Contract.Checks;

internal static class ThreadChecks
{
    private const int Hops = 300;
    private const int Ahead = 7;

    /// <summary>ML.NET's ShuffleRows has been seen to call one cursor on four threads in turn.</summary>
    public static void Hopping(ContractCheck check)
    {
        BlockingCollection<Action>[] queues = [.. Enumerable.Range(0, 3).Select(_ => new BlockingCollection<Action>())];
        foreach (BlockingCollection<Action> queue in queues)
        {
            new Thread(() => Run(queue)) { IsBackground = true }.Start();
        }

        var rows = new List<Row>();
        Pass pass = OnThread(0, () => check.Open());
        for (int i = 0; OnThread(i, pass.MoveNext); i++)
        {
            rows.Add(OnThread(i + 1, pass.Current));
            if (i == Hops)
            {
                rows.AddRange(OnThread(i, () => pass.Read(dispose: false)));
            }
        }

        OnThread(1, () =>
        {
            pass.Dispose();
            return true;
        });
        Array.ForEach(queues, q => q.CompleteAdding());
        check.RequireSerial(rows, Clause.Threads, "on changing threads");

        T OnThread<T>(int i, Func<T> function)
        {
            var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
            queues[i % queues.Length].Add(() =>
            {
                try
                {
                    done.SetResult(function());
                }
                catch (Exception e)
                {
                    done.SetException(e);
                }
            });
            return done.Task.GetAwaiter().GetResult();
        }
    }

    public static void SideBySide(ContractCheck check)
    {
        using Pass first = check.Open();
        using Pass second = check.Open();
        List<Row> firstRows = [];
        List<Row> secondRows = second.Read(Ahead, dispose: false);
        for (bool moved = true; moved;)
        {
            moved = first.MoveNext();
            if (second.MoveNext())
            {
                secondRows.Add(second.Current());
            }

            if (moved)
            {
                firstRows.Add(first.Current());
            }
        }

        check.RequireSerial(firstRows, Clause.Threads, "of the slower of two cursors that take turns");
        check.RequireSerial(secondRows, Clause.Threads, "of the faster of two cursors that take turns");

        Task<List<Row>>[] passes = [.. Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
            () =>
            {
                check.Require(ReferenceEquals(check.View.Schema, check.Schema), Clause.Schema, "another thread sees another schema");
                using Pass pass = check.Open();
                return pass.Read();
            },
            TaskCreationOptions.LongRunning))];
        foreach (Task<List<Row>> pass in passes)
        {
            check.RequireSerial(pass.GetAwaiter().GetResult(), Clause.Threads, "of four cursors on four threads");
        }
    }

    private static void Run(BlockingCollection<Action> queue)
    {
        foreach (Action action in queue.GetConsumingEnumerable())
        {
            action();
        }
    }
}
