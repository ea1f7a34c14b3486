using Migrate.Api.Jobs;

namespace Migrate.Api.Cli;

internal static class JobText
{
    private const int ErrorWidth = 60;

    public static void WriteList(IReadOnlyList<JobView> jobs, TextWriter output)
    {
        var table = new Table("QUEUE", "RUN", "VM", "STEP", "STATE", "SINCE", "WORKER", "NEXT ATTEMPT", "TRY", "LAST ERROR", "REMEDY");
        foreach (var j in jobs)
        {
            table.Add(j.Queue, j.Run, j.Vm, StepOf(j), j.State, Text.Time(j.Since), j.Worker, Text.Time(j.NextAttempt), TryOf(j), Short(j.LastError), j.Remedy);
        }

        table.Write(output);
    }

    public static void Write(QueuesView view, TextWriter output)
    {
        var table = new Table("QUEUE", "WORKERS", "AT ONCE", "RUNNING", "WAITING", "SCHEDULED", "PAUSED", "FAILED", "WAITS SINCE");
        foreach (var x in view.Queues)
        {
            table.Add(x.Queue, x.Workers, x.AtOnce, x.Running, x.Waiting, x.Scheduled, x.Paused, x.Failed, Text.Time(x.WaitsSince));
        }

        table.Write(output);
    }

    public static void Write(JobDetail detail, TextWriter output)
    {
        var job = detail.Job;
        output.WriteLine(Table.Clean($"{job.Vm}: {StepOf(job)}, {job.State} (run {job.Run}, plan {job.Plan}, wave {job.Wave}, queue {job.Queue}, try {TryOf(job)})"));
        Line("since", Text.Time(job.Since));
        Line("worker", job.Worker);
        Line("next attempt", Text.Time(job.NextAttempt));
        Line("error", detail.Error);
        Line("remedy", detail.Remedy);
        output.WriteLine();
        RunText.WriteEvents(detail.Events, output);

        void Line(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                output.WriteLine(Table.Clean($"{name}: {value}"));
            }
        }
    }

    private static string StepOf(JobView job) => job.Request is { } request ? $"{request} in {job.Step}" : $"{job.Step}";

    /// <summary>The operator's attempt, and within it the tries after passing failures.</summary>
    private static string TryOf(JobView job) => job.TransientFailures == 0 ? $"{job.Attempt}" : $"{job.Attempt}.{job.TransientFailures}";

    private static string? Short(string? error) => error is { Length: > ErrorWidth } ? error[..ErrorWidth] + "…" : error;
}
