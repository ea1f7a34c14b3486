namespace Migrate.Simulator.Estates;

/// <summary>Reads and writes estate files.</summary>
public static class EstateFile
{
    public static Task<Estate> LoadAsync(string path, CancellationToken cancellationToken = default) => throw new NotImplementedException();
}
