namespace Migrate.Executor.Runs;

/// <summary>When a run's next step is due: at once, at a moment (UTC), or when somebody asks something of the run.</summary>
public readonly record struct Due(bool IsAtOnce, DateTime? At)
{
    public static Due AtOnce { get; } = new(true, null);

    /// <param name="moment">Null: when somebody asks.</param>
    public static Due Later(DateTime? moment) => new(false, moment);

    public DateTime? From(DateTime now) => IsAtOnce ? now : At;
}
