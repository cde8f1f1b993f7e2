namespace SusyDemo.Reporting;

/// <summary>The progress of one piece of work on rows.</summary>
internal interface IProgressTask
{
    /// <summary>Tells how many rows are done, as often as one likes.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="note">What else there is to say, or null.</param>
    void Report(long rows, string? note = null);

    /// <summary>Tells that the work is done.</summary>
    void Finish();
}
