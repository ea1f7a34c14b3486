namespace Migrate.Api.Pages.Shared;

/// <summary>What a status means to whoever looks at it.</summary>
public enum Tone
{
    Idle,
    Busy,
    Good,
    Warn,
    Bad,
}
