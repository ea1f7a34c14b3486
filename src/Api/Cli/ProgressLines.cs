using Migrate.Api.Runs;
using Migrate.Executor.Runs;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Cli;

/// <summary>
/// Progress for people on standard error. On a terminal one line per wave changes in place; elsewhere (a log file) there is a
/// line when a run's phase changes, and while it copies one every ten seconds.
/// </summary>
internal sealed class ProgressLines(Terminal terminal, TimeProvider time, bool isQuiet = false)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);
    private readonly Dictionary<Guid, Watched> _runs = [];
    private readonly Dictionary<Guid, string> _names = [];
    private readonly HashSet<Guid> _told = [];
    private readonly LiveLine _line = new(terminal);

    /// <summary>True when an error of this run was shown.</summary>
    public bool HasTold(Guid run) => _told.Contains(run);

    public void Show(RunUpdate? update)
    {
        if (isQuiet)
        {
            return;
        }

        if (update?.Log is { } line)
        {
            if (line.Level == RunLog.Error)
            {
                _told.Add(line.RunId);
            }

            var level = line.Level == "info" ? "" : line.Level + ": ";
            Write($"{line.At:HH:mm:ss} {_names.GetValueOrDefault(line.RunId, "run " + line.RunId)}: {level}{line.Message}");
        }

        if (update?.Run is { } run)
        {
            _names[run.Id] = run.Vm;
            Show(run);
        }
    }

    public void Finish() => _line.Clear();

    private void Show(RunView run)
    {
        var now = time.GetTimestamp();
        if (!_runs.TryGetValue(run.Id, out var watched))
        {
            _runs[run.Id] = watched = new Watched(now, run.BytesDone);
        }

        watched.Update(run, now, time);
        if (terminal.ErrorIsTerminal)
        {
            Live();
            return;
        }

        var phaseChanged = watched.SaidPhase != run.Phase;
        var isCopying = run.Phase is RunPhase.Seeding or RunPhase.Syncing;
        if (phaseChanged || (isCopying && time.GetElapsedTime(watched.SaidAt, now) >= Quiet && watched.SaidBytes != run.BytesDone))
        {
            Write($"{time.GetUtcNow():HH:mm:ss} {watched.Text()}");
            watched.SaidPhase = run.Phase;
            watched.SaidAt = now;
            watched.SaidBytes = run.BytesDone;
        }
    }

    private void Live()
    {
        var active = _runs.Values.Where(w => w.Run!.FinishedAt is null).Select(w => w.Text()).ToList();
        _line.Show(string.Join(" | ", active));
    }

    private void Write(string line)
    {
        Finish();
        terminal.Error.WriteLine(Table.Clean(line));
    }

    private sealed class Watched(long firstAt, long firstBytes)
    {
        private readonly long _firstAt = firstAt;
        private readonly long _firstBytes = firstBytes;
        private double _bytesPerSecond;

        public RunView? Run { get; private set; }
        public RunPhase? SaidPhase { get; set; }
        public long SaidAt { get; set; } = firstAt;
        public long SaidBytes { get; set; } = firstBytes;

        /// <summary>The rate since the watch began: steadier than that of a second, and honest about waits.</summary>
        public void Update(RunView run, long now, TimeProvider time)
        {
            Run = run;
            var elapsed = time.GetElapsedTime(_firstAt, now).TotalSeconds;
            _bytesPerSecond = elapsed > 0.5 ? (run.BytesDone - _firstBytes) / elapsed : 0;
        }

        public string Text()
        {
            var run = Run!;
            if (run.Phase is not (RunPhase.Seeding or RunPhase.Syncing) || run.CapacityBytes == 0)
            {
                return $"{run.Vm}: {run.Phase}{(run.Observed is { } observed ? ", " + observed : "")}";
            }

            return $"{run.Vm}: {run.Phase} {Api.Text.Progress(run.BytesDone, run.CapacityBytes, _bytesPerSecond)}";
        }
    }
}
