using Spectre.Console;

namespace SusyDemo.Reporting;

/// <summary>A bar for each piece of work.</summary>
internal sealed class BarBoard(ProgressContext context) : IProgressBoard
{
    public IProgressTask Begin(string name, long? total)
    {
        ProgressTask task = context.AddTask(Markup.Escape(name), maxValue: total ?? double.MaxValue);
        task.IsIndeterminate = total is null;
        return new Bar(task, name);
    }

    private sealed class Bar(ProgressTask task, string name) : IProgressTask
    {
        public void Report(long rows, string? note)
        {
            task.Value = rows;
            if (note is not null)
            {
                task.Description = Markup.Escape($"{name}, {note}");
            }
        }

        public void Finish()
        {
            task.IsIndeterminate = false;
            task.MaxValue = task.Value;
            task.StopTask();
        }
    }
}
