namespace Migrate.Api.Pages.Plans;

/// <summary>What a network of the source can become.</summary>
internal static class NetworkKinds
{
    public static readonly IReadOnlyList<(string Kind, string Text)> All =
        [("bridge", "a bridge"), ("network", "a network of libvirt's"), ("user", "user mode, for a rehearsal"), ("none", "no network")];
}
