using Spectre.Console;

namespace SusyDemo.Reporting;

/// <summary>Shows progress on the error output: bars on a terminal, now and then a line elsewhere. Results go to the standard output.</summary>
internal static class ProgressDisplay
{
    /// <summary>Does the work and shows how it goes.</summary>
    public static async Task<T> RunAsync<T>(Func<IProgressBoard, Task<T>> work)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        if (Console.IsErrorRedirected || !console.Profile.Capabilities.Interactive)
        {
            return await work(new PlainBoard(Console.Error, TimeProvider.System)).ConfigureAwait(false);
        }

        return await console.Progress()
            .AutoClear(false)
            .Columns(Columns(console.Profile.Width))
            .StartAsync(context => work(new BarBoard(context)))
            .ConfigureAwait(false);
    }

    /// <summary>The columns of a line, which fits into the width of the terminal.</summary>
    public static ProgressColumn[] Columns(int width)
    {
        const int gaps = 4;
        int bar = width >= 120 ? 40 : 12;
        return [new NameColumn(Math.Max(10, width - bar - RowsColumn.Width - gaps)), new ProgressBarColumn { Width = bar }, new RowsColumn()];
    }
}
