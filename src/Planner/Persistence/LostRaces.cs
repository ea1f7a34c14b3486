namespace Migrate.Planner.Persistence;

/// <summary>For what is only stored: whoever was faster takes nothing from what it was made of, and it is stored again.</summary>
public static class LostRaces
{
    /// <param name="mostTries">After so many it fails as it did last.</param>
    /// <param name="storeAsync">All of a transaction, which reads what it depends on itself.</param>
    public static async Task<T> AgainAsync<T>(int mostTries, Func<Task<T>> storeAsync)
    {
        for (int tries = 1; ; tries++)
        {
            try
            {
                return await storeAsync();
            }
            catch (Exception e) when (tries < mostTries && DatabaseTrouble.IsLostRace(e))
            {
            }
        }
    }
}
